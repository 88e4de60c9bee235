//! What every test stands on: an application of its own over a database of its own, on either engine.
#![allow(dead_code, reason = "some of it waits for the tests of the slices to come")]

pub mod access;
pub mod app;
pub mod browser;
pub mod cluster;
pub mod engine;
pub mod history;
pub mod ical;
pub mod letters;
pub mod mails;
pub mod pdf;
pub mod program;
pub mod source;
pub mod target;
pub mod world;

pub use app::TestApp;
pub use browser::{Answer, Browser};
pub use engine::Engine;
pub use world::Who;

/// Makes two tests of each function named, `name::sqlite` and `name::postgresql`. The function is asynchronous and takes
/// a [`TestApp`], or the [`Engine`] when it builds its application itself.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::support::run($crate::support::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgresql() {
                $crate::support::run($crate::support::Engine::Postgresql, super::$name);
            }
        }
    )+};
}
pub(crate) use both;

/// What a test may ask for.
pub trait Start {
    fn start(engine: Engine) -> impl Future<Output = Self>;
}

impl Start for Engine {
    async fn start(engine: Engine) -> Self {
        engine
    }
}

impl Start for TestApp {
    async fn start(engine: Engine) -> Self {
        TestApp::on(engine).start().await
    }
}

pub fn run<T: Start>(engine: Engine, test: impl AsyncFnOnce(T)) {
    actix_web::rt::System::new().block_on(async { test(T::start(engine).await).await });
}
