//! Requests that no proper client sends, and those of older ones.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::face::{Face, TestResult, ZONE, start};

/// Sends one request and returns all that comes back, which is nothing when the connection is dropped.
async fn send(face: &Face, head: &str, body: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(face.address).await?;
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    // A server that has seen enough may close before it has read everything.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn older_clients_ask_for_metrics_in_the_query_protocol() -> TestResult {
    let face = Face::calm().await?;
    face.pass(1800);
    let end = start() + cutover::unit::SignedDuration::from_mins(3);
    let body = format!(
        "Action=GetMetricData&Version=2010-08-01&StartTime={}&EndTime={end}\
         &MetricDataQueries.member.1.Id=m0&MetricDataQueries.member.1.MetricStat.Period=60\
         &MetricDataQueries.member.1.MetricStat.Stat=Sum\
         &MetricDataQueries.member.1.MetricStat.Metric.Namespace=AWS%2FELB\
         &MetricDataQueries.member.1.MetricStat.Metric.MetricName=RequestCount",
        start()
    );
    let answer = send(&face, "POST /", body.as_bytes()).await?;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("<GetMetricDataResult><MetricDataResults><member><Id>m0</Id>"),
        "{answer}"
    );
    assert!(answer.contains("<StatusCode>Complete</StatusCode>"), "{answer}");
    Ok(())
}

#[tokio::test]
async fn junk_is_answered_with_an_error_and_the_server_goes_on() -> TestResult {
    let face = Face::calm().await?;
    let change = format!("POST /2013-04-01/hostedzone/{ZONE}/rrset/");
    let cbor = "POST /service/GraniteServiceVersion20100801/operation/GetMetricData";
    let target =
        "POST / HTTP/1.1\r\nx-amz-target: GraniteServiceVersion20100801.GetMetricData\r\nx:";
    let cases: [(&str, &[u8], &str, &str); 10] = [
        (&change, b"<Change", "400", "MalformedInput"),
        (&change, b"\xff\xfe", "400", "MalformedInput"),
        (&change, b"", "400", "MalformedInput"),
        (cbor, b"\xff\xff", "400", "ValidationError"),
        (cbor, b"", "400", "MetricDataQueries"),
        (target, b"{", "400", "ValidationError"),
        ("POST /", b"a=1&a=2", "400", "contradicts"),
        ("POST /", b"Action=DescribeTags&Version=2015-12-01&ResourceArns=x", "400", "not a list"),
        ("GET /", b"", "400", "no operation GET / in any service"),
        ("DELETE /2013-04-01/hostedzone/Z1", b"", "400", "UnknownOperationException"),
    ];
    for (head, body, status, said) in cases {
        let answer = send(&face, head, body).await?;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}: {answer}");
        assert!(answer.contains(said), "{head}: {answer}");
    }
    let huge = send(&face, &change, &vec![b' '; 5 << 20]).await?;
    assert!(huge.is_empty() || huge.starts_with("HTTP/1.1 413"), "{huge}");
    let fine = send(&face, "GET /2013-04-01/hostedzonecount", b"").await?;
    assert!(fine.contains("<HostedZoneCount>2</HostedZoneCount>"), "{fine}");
    Ok(())
}
