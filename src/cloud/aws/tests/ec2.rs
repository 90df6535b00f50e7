//! What is asked of EC2, and how its answers are read.

use super::*;
use crate::plan::Peering;

const ID: &str = "pcx-0123456789abcdef0";

fn connection(accepter: &str) -> Reply {
    Reply::ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<DescribeVpcPeeringConnectionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">
  <requestId>r</requestId>
  <vpcPeeringConnectionSet><item>
    <vpcPeeringConnectionId>{ID}</vpcPeeringConnectionId>
    <requesterVpcInfo><ownerId>111111111111</ownerId><vpcId>vpc-1</vpcId><cidrBlock>10.1.0.0/16</cidrBlock>
      <cidrBlockSet><item><cidrBlock>10.1.0.0/16</cidrBlock></item><item><cidrBlock>10.9.0.0/16</cidrBlock></item></cidrBlockSet>
      <region>us-west-2</region></requesterVpcInfo>
    {accepter}
    <status><code>active</code><message>Active &amp;
well</message></status>
  </item></vpcPeeringConnectionSet>
</DescribeVpcPeeringConnectionsResponse>"
    ))
}

const ACCEPTER: &str = "<accepterVpcInfo><ownerId>222222222222</ownerId><vpcId>vpc-2</vpcId>\
    <ipv6CidrBlockSet><item><ipv6CidrBlock>fd00::/56</ipv6CidrBlock></item></ipv6CidrBlockSet></accepterVpcInfo>";

fn tables(route: &str, token: &str) -> Reply {
    Reply::ok(format!(
        "<DescribeRouteTablesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><routeTableSet><item>
<routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>
<item><destinationCidrBlock>10.1.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item>
{route}</routeSet></item></routeTableSet>{token}</DescribeRouteTablesResponse>"
    ))
}

fn through(destination: &str, state: &str) -> String {
    format!(
        "<item>{destination}<vpcPeeringConnectionId>{ID}</vpcPeeringConnectionId><state>{state}</state></item>"
    )
}

fn error(status: u16, code: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>in its own words</Message>\
         </Error></Errors><RequestID>r</RequestID></Response>"
    );
    Reply::new(status, body)
}

async fn ask(server: &Server) -> Result<Option<Peering>, CloudError> {
    cloud(server).await.peering(Side::New, ID).await
}

#[tokio::test]
async fn a_connection_is_told_with_both_ends_and_the_routes_through_it_page_by_page() {
    let v4 = through("<destinationCidrBlock>10.2.0.0/16</destinationCidrBlock>", "active");
    let v6 = through("<destinationIpv6CidrBlock>fd00::/56</destinationIpv6CidrBlock>", "blackhole");
    let list = through("<destinationPrefixListId>pl-1</destinationPrefixListId>", "active");
    let server = Server::start([
        connection(ACCEPTER),
        tables(&v4, "<nextToken>n</nextToken>"),
        tables(&(v6 + &list), ""),
    ])
    .await;
    let peering = ask(&server).await.unwrap().unwrap();
    assert_eq!((peering.status.as_str(), peering.message.as_str()), ("active", "Active & well"));
    assert_eq!(peering.requester.ranges, ["10.1.0.0/16", "10.9.0.0/16"]);
    assert_eq!(peering.requester.region.as_deref(), Some("us-west-2"));
    assert_eq!(
        (peering.accepter.ranges, peering.accepter.region),
        (vec!["fd00::/56".to_owned()], None)
    );
    let routes = peering.routes.unwrap();
    let routes: Vec<_> = routes.iter().map(|r| (r.destination.as_str(), r.active)).collect();
    assert_eq!(routes, [("10.2.0.0/16", true), ("fd00::/56", false), ("pl-1", true)]);
    let asked = server.bodies();
    assert_eq!(
        asked[0],
        format!(
            "Action=DescribeVpcPeeringConnections&Version=2016-11-15&VpcPeeringConnectionId.1={ID}"
        )
    );
    assert_eq!(
        asked[2],
        format!(
            "Action=DescribeRouteTables&Version=2016-11-15&Filter.1.Name=route.vpc-peering-connection-id\
             &Filter.1.Value.1={ID}&NextToken=n"
        )
    );
}

#[tokio::test]
async fn a_connection_that_is_not_there_is_none_and_routes_that_may_not_be_read_are_unknown() {
    let server = Server::start([error(400, "InvalidVpcPeeringConnectionID.NotFound")]).await;
    assert_eq!(ask(&server).await, Ok(None));
    let server = Server::start([connection(ACCEPTER), error(403, "UnauthorizedOperation")]).await;
    assert_eq!(ask(&server).await.unwrap().unwrap().routes, None);
}

#[tokio::test]
async fn what_passes_by_itself_is_asked_again_and_what_does_not_is_told_in_words() {
    let passing =
        [error(503, "RequestLimitExceeded"), Reply::reset(), connection(ACCEPTER), tables("", "")];
    let server = Server::start(passing).await;
    assert_eq!(ask(&server).await.unwrap().unwrap().routes, Some(Vec::new()));
    assert_eq!(server.paths().len(), 4);
    for (reply, kind, why) in [
        (error(403, "UnauthorizedOperation"), CloudErrorKind::Denied, "in its own words"),
        (error(401, "AuthFailure"), CloudErrorKind::Credentials, "in its own words"),
        (connection(""), CloudErrorKind::Rejected, "with one end"),
        (Reply::ok("<html>"), CloudErrorKind::Unclear, "not the XML of EC2"),
    ] {
        // What makes no sense is asked for again too, as often as the clients do.
        let server = Server::start(vec![reply; 4]).await;
        let error = ask(&server).await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("DescribeVpcPeeringConnections of peering {ID}"))
        );
    }
}
