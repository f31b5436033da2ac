//! A script whose servers are running.

use tokio::net::TcpSocket;

use super::scripts::{OTHER_JOB, job};
use super::{Call, Earlier, Flaw, Script, ServerKind, Task, Times, Wire};
use crate::net::h2::H2Server;
use crate::net::tls::{Authority, TlsServer};
use crate::net::{Action, FaultServer};

/// A script whose servers are running. Dropping it stops them.
#[derive(Debug)]
pub struct RunningScript {
    main: MainServer,
    other_origin: FaultServer,
    root: Option<String>,
    earlier: Earlier,
    row_bytes: usize,
}

#[derive(Debug)]
enum MainServer {
    /// A reserved port without a listener.
    Unreachable(TcpSocket),
    Plain(FaultServer),
    /// A server that never answers the TLS handshake.
    SilentTls(FaultServer),
    Tls(TlsServer),
    Http2(H2Server),
}

impl Script {
    /// Starts the servers.
    ///
    /// # Panics
    ///
    /// Panics if no port is available or a certificate cannot be created.
    pub async fn start(&self) -> RunningScript {
        let other_origin = FaultServer::start([job(200, OTHER_JOB)])
            .await
            .expect("loopback has a free port");
        let (main, root) = match &self.server {
            ServerKind::Unreachable => {
                let socket = TcpSocket::new_v4().expect("a socket can be created");
                let any = ([127, 0, 0, 1], 0).into();
                socket.bind(any).expect("loopback has a free port");
                (MainServer::Unreachable(socket), None)
            }
            ServerKind::Http(actions) => {
                (MainServer::Plain(fault_server(actions.clone()).await), None)
            }
            ServerKind::Redirect(status) => {
                let target = other_origin.url("/elsewhere").to_string();
                let action = Action::answer_with(*status, &[("location", &target)], "");
                (MainServer::Plain(fault_server(vec![action]).await), None)
            }
            ServerKind::Tls(Flaw::NoAnswer) => {
                let action = Action::OnAccept(Box::new(Action::Hang));
                (
                    MainServer::SilentTls(fault_server(vec![action]).await),
                    None,
                )
            }
            ServerKind::Tls(flaw) => {
                let (server, root) = tls(*flaw).await;
                (MainServer::Tls(server), Some(root))
            }
            ServerKind::Http2(actions) => {
                let server = H2Server::start(actions.clone()).await;
                (
                    MainServer::Http2(server.expect("loopback has a free port")),
                    None,
                )
            }
        };
        RunningScript {
            main,
            other_origin,
            root,
            earlier: self.earlier,
            row_bytes: self.row_bytes,
        }
    }
}

impl RunningScript {
    /// Creates the task for a call.
    ///
    /// # Panics
    ///
    /// Panics if the operating system does not return the port.
    pub fn task(&self, call: Call, times: Times) -> Task {
        let url = match &self.main {
            MainServer::Unreachable(socket) => {
                let address = socket.local_addr().expect("the socket is bound");
                format!("http://{address}")
            }
            MainServer::Plain(server) => format!("http://{}", server.address()),
            MainServer::SilentTls(server) => {
                format!("https://localhost:{}", server.address().port())
            }
            MainServer::Tls(server) => format!("https://localhost:{}", server.port()),
            MainServer::Http2(server) => format!("http://{}", server.address()),
        };
        Task {
            call,
            url,
            root: self.root.clone(),
            http2: matches!(self.main, MainServer::Http2(_)),
            earlier: self.earlier,
            row_bytes: self.row_bytes,
            times,
        }
    }

    /// Returns the requests that the servers received for a call.
    pub fn wire(&self, call: Call) -> Wire {
        let (received, connections) = match &self.main {
            MainServer::Unreachable(_) => (Vec::new(), 0),
            MainServer::Plain(server) | MainServer::SilentTls(server) => {
                (server.received(), server.connections())
            }
            MainServer::Tls(server) => (server.received(), server.state().connections()),
            MainServer::Http2(server) => (server.state().received(), server.state().connections()),
        };
        let main = received.get(self.earlier.requests()..).unwrap_or_default();
        let other_origin = self.other_origin.received();
        let connections = connections + self.other_origin.connections();
        Wire::new(call, main, &other_origin, connections)
    }
}

async fn fault_server(actions: Vec<Action>) -> FaultServer {
    let server = FaultServer::start(actions).await;
    server.expect("loopback has a free port")
}

/// Starts a TLS server with a flaw and returns it with the root certificate that the client trusts.
async fn tls(flaw: Flaw) -> (TlsServer, String) {
    let created = "a certificate can be created";
    let authority = Authority::new().expect(created);
    let config = match flaw {
        Flaw::Name => authority.server_config("elsewhere.example", &["http/1.1"], false),
        Flaw::Expired => authority.expired_config("localhost"),
        Flaw::Authority | Flaw::NoAnswer => {
            authority.server_config("localhost", &["http/1.1"], false)
        }
    };
    // A client that gets an answer has trusted an invalid certificate, so the server answers with another job.
    let server = TlsServer::start(config.expect(created), [job(200, OTHER_JOB)]).await;
    let trusted = match flaw {
        Flaw::Authority => Authority::new().expect(created),
        Flaw::Name | Flaw::Expired | Flaw::NoAnswer => authority,
    };
    (server.expect("loopback has a free port"), trusted.pem())
}
