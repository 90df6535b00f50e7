//! An HTTP server on the loopback that behaves as it is told, request by request, and remembers what it was asked.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

/// What the server does with a request. After the last of them it answers 200.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, a header, body.
    Answer(u16, &'static str, String),
    /// Sends back all that it was sent, with this status.
    Echo(u16),
    /// Never answers.
    Hang,
    /// Closes the connection without an answer.
    Close,
}

/// One request: its path, its headers in small letters, its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) body: String,
}

pub(crate) struct Server {
    pub(crate) url: String,
    asked: Receiver<Asked>,
}

impl Server {
    pub(crate) fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, asked) = channel();
        let replies = Arc::new(Mutex::new(replies.into_iter().collect()));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (sender, replies) = (sender.clone(), Arc::clone(&replies));
                thread::spawn(move || serve(stream, &sender, &replies));
            }
        });
        Self { url, asked }
    }

    /// Waits for the next request.
    pub(crate) fn next(&self) -> Asked {
        self.asked.recv().unwrap()
    }

    /// Returns the requests that came and were not waited for.
    pub(crate) fn rest(&self) -> Vec<Asked> {
        self.asked.try_iter().collect()
    }
}

fn serve(stream: TcpStream, asked: &Sender<Asked>, replies: &Mutex<VecDeque<Reply>>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let reply = replies.lock().unwrap().pop_front();
        let all = format!("{}{}", request.head, request.body);
        let _ = asked.send(request);
        let (status, header, body) = match reply {
            None => (200, "x: y", r#"{"ok":true,"channel":"C1","ts":"1.1"}"#.to_owned()),
            Some(Reply::Answer(status, header, body)) => (status, header, body),
            Some(Reply::Echo(status)) => (status, "x: y", all),
            Some(Reply::Hang) => loop {
                thread::park();
            },
            Some(Reply::Close) => return,
        };
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} x\r\n{header}\r\ncontent-length: {length}\r\n\r\n{body}");
        let _ = reader.get_mut().write_all(answer.as_bytes());
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.to_lowercase();
    // A GET has no body and says no length.
    let length = match length.split("content-length: ").nth(1) {
        Some(rest) => rest.split("\r\n").next()?.parse().ok()?,
        None => 0,
    };
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { head, body: String::from_utf8(body).ok()? })
}
