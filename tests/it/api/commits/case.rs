//! Random layers around a client, and what the server does with its requests.

use std::time::Duration;

use prism_imports::{
    ClientBuilder, Commit, Error, ObjectType,
    transport::{IntoHttpService, RetryPolicy},
};
use prism_imports_sandbox::{Fault, Moment, On, Sandbox};
use prism_imports_tests::{rows::contacts, server::KEY};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    super::{Place, builder, resetting},
    layer::Layer,
};

/// What the server does with one submit.
#[derive(Clone, Copy, Debug)]
enum Step {
    Fine,
    /// Answers with this status, without doing what is asked.
    Refuse(u16),
    /// Does what is asked, and answers with this status.
    DoAndAnswer(u16),
    /// Closes the connection, before or after doing what is asked.
    Close(Moment),
    /// Answers this much later.
    Late(Duration),
    /// Ends the body of the answer after this many bytes.
    Cut(usize),
    /// Says in the error whether it has done what is asked.
    Say(Moment),
}

impl Step {
    fn fault(self) -> Option<Fault> {
        Some(match self {
            Self::Fine => return None,
            Self::Refuse(status) => Fault::answer(status),
            Self::DoAndAnswer(status) => Fault::answer(status).moment(Moment::After),
            Self::Close(moment) => Fault::close().moment(moment),
            Self::Late(time) => Fault::latency(time),
            Self::Cut(bytes) => Fault::cut(bytes),
            Self::Say(moment) => {
                let is_done = moment == Moment::After;
                let fault = Fault::answer(500).detail("write_committed", is_done);
                fault.moment(moment)
            }
        })
    }
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    layers: Vec<(Place, Layer)>,
    /// What the server does with each request; those that follow are fine.
    steps: Vec<Step>,
    /// Whether a request may be repeated under its key, and whether the server honours keys.
    is_keyed: bool,
    /// Whether a closed connection is an error of the operating system, or one that the client does not know.
    closes_with_io_error: bool,
    sync_below: usize,
    attempts: u32,
    timeout: Duration,
    seed: u64,
}

/// The end of a case: what the client says, and how many imports the server has.
#[derive(Debug)]
pub(super) struct Ended {
    error: Option<Error>,
    imports: usize,
    /// Whether the server may have one import at most.
    is_once: bool,
}

impl Ended {
    /// Checks the client's result against the server's imports, and returns a name for the case.
    pub(super) fn check(&self) -> Result<&'static str, TestCaseError> {
        let Self {
            error,
            imports,
            is_once,
        } = self;
        prop_assert!(!is_once || *imports <= 1, "{} imports", imports);
        let Some(error) = error else {
            prop_assert!(*imports > 0, "a success without an import");
            return Ok("done");
        };
        Ok(match (error.commit(), imports) {
            (None, _) => return Err(TestCaseError::fail("an error without a commit state")),
            (Some(Commit::Committed), imports) => {
                prop_assert!(*imports > 0, "not committed: {error:?}");
                "committed"
            }
            (Some(Commit::NotCommitted), imports) => {
                prop_assert_eq!(*imports, 0, "committed: {:?}", error);
                "not committed"
            }
            (Some(Commit::Unknown), 0) => "unknown, without an import",
            (Some(Commit::Unknown), _) => "unknown, with an import",
        })
    }
}

fn layers() -> impl Strategy<Value = Layer> {
    let limit = || prop_oneof![Just(20), Just(300), Just(5_000)].prop_map(Duration::from_millis);
    let moment = || prop_oneof![Just(Moment::Before), Just(Moment::After)];
    let status = prop_oneof![
        Just(200),
        Just(202),
        Just(403),
        Just(408),
        Just(409),
        Just(500)
    ];
    prop_oneof![
        3 => prop_oneof![
            Just(Layer::Trace),
            Just(Layer::SetHeader),
            Just(Layer::RequestIds),
            Just(Layer::Authorization),
            Just(Layer::Decompression),
            Just(Layer::CatchPanic),
            Just(Layer::MapBody),
            Just(Layer::LoadShed),
            Just(Layer::Limit),
            Just(Layer::Buffer),
        ],
        2 => limit().prop_map(Layer::Answer408),
        2 => limit().prop_map(Layer::Elapsed),
        2 => Just(Layer::Repeat),
        2 => Just(Layer::Detach),
        1 => Just(Layer::Race),
        1 => limit().prop_map(Layer::Defer),
        1 => Just(Layer::Forget),
        1 => (moment(), status).prop_map(|(moment, status)| Layer::MakeUp(moment, status)),
        1 => moment().prop_map(Layer::Fail),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let refusals = [400, 401, 403, 404, 408, 409, 413, 429, 500, 503];
    // A server that has done what was asked does not say that it refused.
    let failures = [408, 409, 425, 499, 500, 502, 503, 504];
    let moment = || prop_oneof![Just(Moment::Before), Just(Moment::After)];
    let time = prop_oneof![Just(50), Just(1_000), Just(86_400_000)].prop_map(Duration::from_millis);
    prop_oneof![
        Just(Step::Fine),
        select(refusals.to_vec()).prop_map(Step::Refuse),
        select(failures.to_vec()).prop_map(Step::DoAndAnswer),
        moment().prop_map(Step::Close),
        time.prop_map(Step::Late),
        prop_oneof![Just(0), Just(30)].prop_map(Step::Cut),
        moment().prop_map(Step::Say),
    ]
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    let place = prop_oneof![Just(Place::Calls), Just(Place::Attempts)];
    let limits = (
        prop_oneof![Just(1_u32), Just(3)],
        prop_oneof![Just(500), Just(60_000)].prop_map(Duration::from_millis),
    );
    (
        vec((place, layers()), 0..4),
        vec(steps(), 0..5),
        any::<(bool, bool)>(),
        prop_oneof![Just(0), Just(100)],
        limits,
        any::<u64>(),
    )
        .prop_map(
            |(layers, steps, (is_keyed, closes_with_io_error), sync_below, limits, seed)| Case {
                layers,
                steps,
                is_keyed,
                closes_with_io_error,
                sync_below,
                attempts: limits.0,
                timeout: limits.1,
                seed,
            },
        )
}

impl Case {
    fn sandbox(&self) -> Sandbox {
        let mut settings = Sandbox::builder().api_key(KEY).sync_below(self.sync_below);
        if !self.is_keyed {
            settings = settings.without_idempotency();
        }
        for (skipped, step) in (0..).zip(&self.steps) {
            if let Some(fault) = step.fault() {
                settings = settings.fault(fault.on(On::Submit).skip(skipped).times(1));
            }
        }
        settings.build().unwrap()
    }

    fn builder(&self) -> ClientBuilder {
        let policy = RetryPolicy::default().with_max_attempts(self.attempts);
        let mut client = builder()
            .timeout(self.timeout)
            .attempt_timeout(Duration::from_secs(2))
            .retry(policy);
        for (place, layer) in &self.layers {
            client = layer.add(*place, client);
        }
        client
    }

    /// Returns `true` if a layer sends requests by itself.
    fn repeats(&self) -> bool {
        let repeats = |(_, layer): &(_, Layer)| matches!(layer, Layer::Repeat | Layer::Race);
        self.layers.iter().any(repeats)
    }

    /// Submits once without a socket, in virtual time.
    pub(super) async fn run(&self) -> Ended {
        fastrand::seed(self.seed);
        let sandbox = self.sandbox();
        let http = if self.closes_with_io_error {
            resetting(sandbox.clone())
        } else {
            sandbox.clone().into_http_service()
        };
        let client = self.builder().http_service(http);
        self.submit(client, &sandbox, Duration::from_secs(3 * 86_400))
            .await
    }

    /// Submits once over a socket, in real time.
    pub(super) async fn run_over_a_socket(&self) -> Ended {
        let server = self.sandbox().serve(([127, 0, 0, 1], 0).into()).await;
        let server = server.unwrap();
        let client = self
            .builder()
            .base_url(server.base_url())
            .timeout(Duration::from_millis(400))
            .attempt_timeout(Duration::from_millis(150));
        self.submit(client, server.sandbox(), Duration::from_millis(500))
            .await
    }

    /// Submits once, and returns what the server has when requests of detached tasks have arrived too.
    async fn submit(&self, client: ClientBuilder, sandbox: &Sandbox, rest: Duration) -> Ended {
        let imports = client.build().unwrap().imports();
        let submit = imports.submit(ObjectType::Contact).rows(contacts(3));
        let key = submit.key().to_string();
        let result = submit.keyed_retries(self.is_keyed).await;
        tokio::time::sleep(rest).await;
        Ended {
            error: result.err(),
            imports: sandbox.imports_under(&key).len(),
            is_once: self.is_keyed || !self.repeats(),
        }
    }
}
