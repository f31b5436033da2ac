//! A script that is being played.

use tokio::net::TcpSocket;

use super::scripts::{OTHER_JOB, job};
use super::{Call, Errand, Flaw, Play, Script, Times, Wire};
use crate::net::h2::H2Server;
use crate::net::tls::{Authority, TlsServer};
use crate::net::{Act, FaultServer};

/// A script that is being played; dropped, its servers stop.
#[derive(Debug)]
pub struct Playing {
    home: Home,
    elsewhere: FaultServer,
    root: Option<String>,
    primed: bool,
    row_bytes: usize,
}

#[derive(Debug)]
enum Home {
    /// A port that is taken and where nobody listens.
    Nobody(TcpSocket),
    Plain(FaultServer),
    /// TLS is spoken to, and never answers.
    Mute(FaultServer),
    Tls(TlsServer),
    Http2(H2Server),
}

impl Script {
    /// Starts the servers.
    ///
    /// # Panics
    ///
    /// When there is no free port or a certificate cannot be made: nothing can be played.
    pub async fn start(&self) -> Playing {
        let elsewhere = FaultServer::start([job(200, OTHER_JOB)])
            .await
            .expect("loopback has a free port");
        let (home, root) = match &self.play {
            Play::Nobody => {
                let socket = TcpSocket::new_v4().expect("a socket can be made");
                let any = ([127, 0, 0, 1], 0).into();
                socket.bind(any).expect("loopback has a free port");
                (Home::Nobody(socket), None)
            }
            Play::Http(acts) => (Home::Plain(plain(acts.clone()).await), None),
            Play::Redirect(status) => {
                let target = elsewhere.url("/elsewhere").to_string();
                let act = Act::answer_with(*status, &[("location", &target)], "");
                (Home::Plain(plain(vec![act]).await), None)
            }
            Play::Tls(Flaw::Mute) => {
                let act = Act::Unasked(Box::new(Act::Hang));
                (Home::Mute(plain(vec![act]).await), None)
            }
            Play::Tls(flaw) => {
                let (server, root) = tls(*flaw).await;
                (Home::Tls(server), Some(root))
            }
            Play::Http2(acts) => {
                let server = H2Server::start(acts.clone()).await;
                (Home::Http2(server.expect("loopback has a free port")), None)
            }
        };
        Playing {
            home,
            elsewhere,
            root,
            primed: self.primed,
            row_bytes: self.row_bytes,
        }
    }
}

impl Playing {
    /// Makes the errand of a call.
    ///
    /// # Panics
    ///
    /// When the operating system does not tell a port.
    pub fn errand(&self, call: Call, times: Times) -> Errand {
        let url = match &self.home {
            Home::Nobody(socket) => {
                let address = socket.local_addr().expect("it was bound");
                format!("http://{address}")
            }
            Home::Plain(server) => format!("http://{}", server.address()),
            Home::Mute(server) => format!("https://localhost:{}", server.address().port()),
            Home::Tls(server) => format!("https://localhost:{}", server.port()),
            Home::Http2(server) => format!("http://{}", server.address()),
        };
        Errand {
            call,
            url,
            root: self.root.clone(),
            http2: matches!(self.home, Home::Http2(_)),
            primed: self.primed,
            row_bytes: self.row_bytes,
            times,
        }
    }

    /// Returns what was on the wire for a call.
    pub fn wire(&self, call: Call) -> Wire {
        let (received, connections) = match &self.home {
            Home::Nobody(_) => (Vec::new(), 0),
            Home::Plain(server) | Home::Mute(server) => (server.received(), server.connections()),
            Home::Tls(server) => (server.received(), server.stage().connections()),
            Home::Http2(server) => (server.stage().received(), server.stage().connections()),
        };
        let home = received.get(usize::from(self.primed)..).unwrap_or_default();
        let elsewhere = self.elsewhere.received();
        let connections = connections + self.elsewhere.connections();
        Wire::new(call, home, &elsewhere, connections)
    }
}

async fn plain(acts: Vec<Act>) -> FaultServer {
    let server = FaultServer::start(acts).await;
    server.expect("loopback has a free port")
}

/// Starts a server with a flaw, and tells whom its client trusts.
async fn tls(flaw: Flaw) -> (TlsServer, String) {
    let made = "a certificate can be made";
    let authority = Authority::new().expect(made);
    let config = match flaw {
        Flaw::Name => authority.server_config("elsewhere.example", &["http/1.1"], false),
        Flaw::Expired => authority.expired_config("localhost"),
        Flaw::Authority | Flaw::Mute => authority.server_config("localhost", &["http/1.1"], false),
    };
    // Whoever comes through has trusted what nobody should: whatever it is told is wrong.
    let server = TlsServer::start(config.expect(made), [job(200, OTHER_JOB)]).await;
    let trusted = match flaw {
        Flaw::Authority => Authority::new().expect(made),
        Flaw::Name | Flaw::Expired | Flaw::Mute => authority,
    };
    (server.expect("loopback has a free port"), trusted.pem())
}
