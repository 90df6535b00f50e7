//! An HTTP server on the loopback that gives canned answers, one for each request, and remembers what it was asked.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// One canned answer.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Answer(u16, &'static str, Vec<u8>),
    /// Never answers.
    Hang,
    /// Closes the connection after the request was read.
    Reset,
}

impl Reply {
    pub(super) fn ok(body: impl Into<String>) -> Self {
        Self::new(200, body)
    }

    pub(super) fn new(status: u16, body: impl Into<String>) -> Self {
        Self::Answer(status, "content-type: text/xml", body.into().into_bytes())
    }

    pub(super) fn cbor(body: Vec<u8>) -> Self {
        Self::Answer(200, "content-type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor", body)
    }

    pub(super) fn hang() -> Self {
        Self::Hang
    }

    pub(super) fn reset() -> Self {
        Self::Reset
    }
}

#[derive(Debug)]
struct Request {
    path: String,
    /// The request line and the headers.
    head: String,
    body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Log {
    replies: std::collections::VecDeque<Reply>,
    /// Answers to requests whose path holds a text, for calls that come in no order.
    by_path: Vec<(&'static str, Reply)>,
    requests: Vec<Request>,
}

pub(super) struct Server {
    port: u16,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let replies = replies.into_iter().collect();
        let log = Arc::new(Mutex::new(Log { replies, ..Log::default() }));
        let shared = Arc::clone(&log);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { port, log, task }
    }

    /// Answers every further request whose path holds this text so.
    pub(super) fn answer_at(&self, part: &'static str, reply: Reply) {
        self.log().by_path.push((part, reply));
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.log().requests.iter().map(|request| request.path.clone()).collect()
    }

    pub(super) fn heads(&self) -> Vec<String> {
        self.log().requests.iter().map(|request| request.head.clone()).collect()
    }

    pub(super) fn bodies(&self) -> Vec<String> {
        let log = self.log();
        let body = |request: &Request| String::from_utf8_lossy(&request.body).into_owned();
        log.requests.iter().map(body).collect()
    }

    /// Stops listening.
    pub(super) async fn stop(&self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Log>>) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = {
        let mut log = log.lock().unwrap();
        let known = log.by_path.iter().find(|(part, _)| request.path.contains(part));
        let known = known.map(|(_, reply)| reply.clone());
        log.requests.push(request);
        known.or_else(|| log.replies.pop_front())
    };
    match reply.unwrap_or_else(|| Reply::new(501, "nothing more was canned")) {
        Reply::Answer(status, headers, body) => {
            let head = format!(
                "HTTP/1.1 {status} x\r\n{headers}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Reply::Hang => std::future::pending().await,
        Reply::Reset => {}
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let path = text.split(' ').nth(1)?.to_owned();
    let length = text
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok()
        })
        .unwrap_or(0);
    while bytes.len() < head + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = bytes.split_off(head);
    Some(Request { path, head: text, body })
}
