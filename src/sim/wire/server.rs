//! Connections in, answers out: the only part that touches the network, and the only one that waits.

use std::{
    fmt, io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    answer,
    auth::Caller,
    call::{Call, Outcome},
    fault::Fault,
    perform,
    request::Request,
};
use crate::{
    sim::World,
    unit::{Account, SignedDuration, Timestamp},
};

/// Longest body that is read, in bytes. The largest batch that Route 53 takes is under a megabyte of XML.
const LONGEST_BODY: usize = 4 << 20;

/// Serves the world until the listener fails; dropping the future closes all connections.
///
/// `now` says what time it is in the world, in which `speed` seconds pass in one of the clock on the wall; calls take that
/// much less time. Clients compare the expiry of an assumed role's credentials, which is in the world's time, with their
/// own clock: a world that is behind it gives out credentials that have expired.
///
/// Callers whose access key does not say their account are of the account of the hosted zones. `on_call` hears of every
/// call once it has been performed, before it is answered.
///
/// # Errors
/// The listener does not accept connections any more.
pub async fn serve(
    listener: TcpListener,
    world: Arc<Mutex<World>>,
    speed: f64,
    now: impl Fn() -> Timestamp + Send + Sync + 'static,
    on_call: impl Fn(&Call) + Send + Sync + 'static,
) -> io::Result<()> {
    let face = Arc::new(Face { world, speed, now, on_call, calls: AtomicU64::new(0) });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&face)));
                }
                // The caller gave up while it was waiting; nobody else is touched by it.
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => return Err(error),
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}

/// What every connection needs.
struct Face<N, C> {
    world: Arc<Mutex<World>>,
    speed: f64,
    now: N,
    on_call: C,
    calls: AtomicU64,
}

/// Closes the connection without an answer, as a network does that fails at the wrong moment.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulator dropped the connection")
    }
}

impl std::error::Error for Dropped {}

async fn connection<N, C>(stream: TcpStream, face: Arc<Face<N, C>>)
where
    N: Fn() -> Timestamp + Send + Sync + 'static,
    C: Fn(&Call) + Send + Sync + 'static,
{
    // Without it small answers wait for the caller's delayed acknowledgement; a failure costs only time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let face = Arc::clone(&face);
        async move { face.answer(request).await }
    });
    // A connection that breaks is the caller's affair: it finds out by itself.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl<N: Fn() -> Timestamp, C: Fn(&Call)> Face<N, C> {
    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Dropped> {
        let id = self.calls.fetch_add(1, Ordering::Relaxed);
        let id = format!("00000000-0000-4000-8000-{id:012x}");
        let (request, whole) = read(request).await;
        let (target, arguments) = request.read();
        let (result, call) = {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            world.advance((self.now)());
            let tokens_before = world.change_tokens();
            let caller = Caller::of(&request.headers, world.stage().account(Account::Dns));
            let result =
                whole.and_then(|()| perform(&mut world, &caller, &request, &target, arguments));
            let call = Call {
                at: world.now(),
                service: target.service,
                operation: target.operation.name().to_owned(),
                account: caller.account,
                change_tokens: world.change_tokens().saturating_sub(tokens_before),
                takes: world.latency(target.operation.paced_as()),
                outcome: Outcome::of(&result),
            };
            (result, call)
        };
        (self.on_call)(&call);
        self.wait(call.takes).await;
        match result {
            Ok(node) => Ok(answer::done(&target, &id, &node)),
            Err(Fault::Answer { status, code, message }) => {
                Ok(answer::refused(&target, &id, (status, &code, &message)))
            }
            Err(Fault::Dropped) => Err(Dropped),
        }
    }

    /// Waits as long as a call of this length in the world takes on the wall.
    #[expect(clippy::disallowed_methods, reason = "an answer over a real network takes real time")]
    async fn wait(&self, takes: SignedDuration) {
        let seconds = takes.as_secs_f64() / self.speed;
        if let Ok(takes) = Duration::try_from_secs_f64(seconds) {
            tokio::time::sleep(takes).await;
        }
    }
}

/// Reads a request; one whose body cannot be read comes with the reason.
async fn read(request: hyper::Request<Incoming>) -> (Request, Result<(), Fault>) {
    let (head, body) = request.into_parts();
    let query = head.uri.query().unwrap_or("");
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let encoded = head.headers.get("content-encoding").is_some_and(|value| value != "identity");
    let (body, problem) = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(_) if encoded => {
            (Bytes::new(), Err(unreadable(415, "the simulator reads plain bodies only")))
        }
        Ok(body) => (body.to_bytes(), Ok(())),
        Err(error) if error.is::<LengthLimitError>() => {
            (Bytes::new(), Err(unreadable(413, "the body is longer than 4 MiB")))
        }
        Err(_) => (Bytes::new(), Err(unreadable(400, "the body ended too early"))),
    };
    let path = head.uri.path().to_owned();
    let (method, headers) = (head.method, head.headers);
    (Request { method, path, query, headers, body: body.to_vec() }, problem)
}

fn unreadable(status: u16, why: &str) -> Fault {
    Fault::answer(status, "MalformedInput", why)
}
