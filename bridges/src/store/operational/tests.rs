//! The same story told to both databases: a file of SQLite, and a server of PostgreSQL that the test starts for itself.

#![allow(clippy::print_stderr, reason = "a test that cannot run says so")]

use super::audit::{Entry, Head};
use super::done_once::Once;
use super::jobs::{JobEnd, JobState, JobsAsked, NewJob, Room, ScheduleRow};
use super::people::{TokenKind, TokenRow, UserRow, UserSet};
use super::{Place, Store, StoreError};
use crate::role::{Role, UserId};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringside-store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self) -> Place {
        Place::File(self.0.join("people ?%.db"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server of its own: on a free port of the loopback, with its data in a folder that goes away.
struct Postgres {
    server: Child,
    url: String,
    _folder: Folder,
}

impl Postgres {
    /// `None`, said aloud, where there is no PostgreSQL.
    fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let binaries = versions.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").exists());
        let Some(binaries) = binaries else {
            eprintln!("SKIPPED: there is no PostgreSQL in /usr/lib/postgresql");
            return None;
        };
        let folder = Folder::new("postgres");
        // It does not run as root; its own user is there when it is installed.
        let user = ours_is_root().then(|| user("postgres")).flatten();
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(&folder.0, Some(uid), Some(gid)).expect("its folder");
        }
        let data = folder.0.join("data");
        let command = |name: &str| {
            let mut command = Command::new(binaries.join(name));
            command.current_dir(&folder.0).stdout(Stdio::null()).stderr(Stdio::null());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        let made = command("initdb").args(["-A", "trust", "-U", "ringside", "--no-sync", "-D"]).arg(&data).status();
        assert!(made.expect("initdb").success(), "a cluster");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let server = command("postgres")
            .args(["-F", "-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=1MB", "-p", &port.to_string(), "-k"])
            .arg(&folder.0)
            .arg("-D")
            .arg(&data)
            .spawn()
            .expect("a server");
        let url = format!("postgres://ringside@127.0.0.1:{port}/postgres");
        Some(Self { server, url, _folder: folder })
    }

    fn place(&self) -> Place {
        Place::Url(self.url.clone())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Nothing of it is needed any more.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn ours_is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|ours| ours.uid() == 0)
}

fn user(name: &str) -> Option<(u32, u32)> {
    let all = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = all.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut parts = line.split(':').skip(2);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn run<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(story)
}

/// Opens it; a server that has just been started needs a while.
async fn open(place: &Place) -> Store {
    let start = Instant::now();
    loop {
        match Store::open(place, 7).await {
            Ok(store) => return store,
            Err(error) if start.elapsed() > PATIENCE => panic!("{error}: {:?}", std::error::Error::source(&error)),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn ada() -> UserRow {
    let password = "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA".to_owned();
    UserRow {
        id: UserId(1 << 52),
        name: "ada".to_owned(),
        role: Role::Admin,
        password,
        is_enabled: true,
        created_ns: 7,
    }
}

fn key(id: &str, expires_ns: i64) -> TokenRow {
    TokenRow {
        id: id.to_owned(),
        kind: TokenKind::Key,
        user: ada().id,
        name: "O'Hara; DROP TABLE users; -- ü".to_owned(),
        digest: "00".repeat(32),
        role: Role::Trader,
        addresses: "10.0.0.0/8".to_owned(),
        created_ns: 8,
        expires_ns,
        revoked_ns: 0,
    }
}

/// What is written is read again, by whoever opens it the next time.
async fn people_story(place: &Place) {
    let store = open(place).await;
    let began = store.revision().await.expect("read");
    assert!(store.add_user(&ada(), true).await.expect("written"), "the first");
    let eve = UserRow { id: UserId(2), name: "eve".to_owned(), ..ada() };
    assert!(!store.add_user(&eve, true).await.expect("asked"), "she is not the first");
    let other = UserRow { id: UserId(2), ..ada() };
    assert!(!store.add_user(&other, false).await.expect("asked"), "the name is taken");
    store.add_token(&key("a", 0)).await.expect("written");
    store.add_token(&key("b", 100)).await.expect("written");
    store.close().await;
    let store = open(place).await;
    assert_eq!(store.users().await.expect("read"), [ada()]);
    assert_eq!(store.tokens(99).await.expect("read"), [key("a", 0), key("b", 100)]);
    assert_eq!(store.tokens(100).await.expect("read"), [key("a", 0)], "it has expired");
    assert!(!store.revoke_token("a", UserId(2), 50).await.expect("asked"), "another's");
    assert!(store.revoke_token("a", ada().id, 50).await.expect("asked"));
    assert!(!store.revoke_token("a", ada().id, 50).await.expect("asked"), "once");
    assert_eq!(store.tokens(99).await.expect("read"), [key("b", 100)]);
    let risk = UserRow { role: Role::Risk, is_enabled: false, ..ada() };
    let set = UserSet { role: Some(risk.role), password: None, is_enabled: Some(false) };
    assert!(!store.set_user(risk.id, &set, 60).await.expect("asked"), "no admin would be left");
    assert_eq!(store.users().await.expect("read"), [ada()], "nothing is changed then");
    let bo = UserRow { id: UserId(3), name: "bo".to_owned(), ..ada() };
    assert!(store.add_user(&bo, false).await.expect("written"));
    assert!(store.set_user(risk.id, &set, 60).await.expect("written"));
    assert_eq!(store.users().await.expect("read"), [risk, bo]);
    assert!(store.revision().await.expect("read") > began + 3);
    store.close().await;
}

/// Two who add rows at once make one chain; each way to change it afterwards is found, with the row.
async fn audit_story(place: &Place) {
    let (one, other) = (open(place).await, open(place).await);
    let entry = |n: i64| Entry { at_ns: n, actor: "user:ada".to_owned(), what: format!("{n}"), ..Entry::default() };
    let write = async |store: &Store| {
        for n in 0..20 {
            store.write_audit(&entry(n)).await.expect("written");
        }
    };
    tokio::join!(write(&one), write(&other));
    let head = one.audit_head().await.expect("read");
    assert_eq!(head.seq, 40);
    assert_eq!(one.verify_audit(&[]).await.expect("read"), Ok(head.clone()));
    assert_eq!(one.audit_after(38, 10).await.expect("read").len(), 2);
    let kept = [head.clone()];
    let spoil = async |text: &'static str| {
        sqlx::query(text).execute(&one.pool).await.expect("changed");
        let broken = one.verify_audit(&kept).await.expect("read").expect_err("it is broken");
        (broken.seq, broken.why)
    };
    let (seq, why) = spoil("UPDATE audit SET outcome = 'done' WHERE seq = 17").await;
    assert!(seq == 17 && why.contains("changed"), "{seq} {why}");
    let (seq, why) = spoil("UPDATE audit SET outcome = '', hash = previous WHERE seq = 17").await;
    assert!(seq == 17 && why.contains("changed"), "{seq} {why}");
    let (seq, why) = spoil("DELETE FROM audit WHERE seq = 9").await;
    assert!(seq == 9 && why.contains("missing"), "{seq} {why}");
    let (seq, why) = spoil("DELETE FROM audit WHERE seq > 5").await;
    assert!(seq == 6 && why.contains("cut off"), "{seq} {why}");
    // Written anew from there on, as well as it can be done: the chain holds by itself, and not against what was kept.
    for n in 5..40 {
        one.write_audit(&entry(n)).await.expect("written");
    }
    assert!(one.verify_audit(&[]).await.expect("read").is_ok());
    let (seq, why) = spoil("UPDATE audit SET at_ns = at_ns WHERE seq = 40").await;
    assert!(seq == 40 && why.contains("anew"), "{seq} {why}");
    assert_ne!(head, Head { seq: 40, hash: one.audit_head().await.expect("read").hash });
    one.close().await;
    other.close().await;
}

/// A key is of one request of one user for a while.
async fn once_story(place: &Place) {
    let store = open(place).await;
    let begin = async |user: i64, request: &str, now: i64| {
        store.begin_once(UserId(user), "k", request, now, now - 10).await.expect("asked")
    };
    assert_eq!(begin(1, "halt whole", 1).await, Once::Begun);
    assert_eq!(begin(1, "halt whole", 2).await, Once::UnderWay);
    assert_eq!(begin(2, "halt whole", 2).await, Once::Begun, "another's key is another key");
    store.end_once(UserId(1), "k", 200, "{}").await.expect("written");
    assert_eq!(begin(1, "halt whole", 3).await, Once::Done { status: 200, body: "{}".to_owned() });
    assert_eq!(begin(1, "flatten whole", 3).await, Once::OfAnother);
    assert_eq!(begin(1, "flatten whole", 12).await, Once::Begun, "it is forgotten");
    store.close().await;
}

fn job(owner: i64, now_ns: i64) -> NewJob<'static> {
    NewJob { owner: UserId(owner), asked_by: "user:ada", kind: "backtest", work: "{\"kind\": \"report\"}", now_ns }
}

fn job_end(state: JobState) -> JobEnd {
    JobEnd { state, told: "told".to_owned(), figures: "[]".to_owned(), result: "{\"a\": 1}".to_owned() }
}

/// Who takes a job has it alone; users take turns; what ran in an engine that is gone is told as cut off; what waits stays.
async fn jobs_story(place: &Place) {
    let (store, other) = (open(place).await, open(place).await);
    let room = Room { all: 6, own: 4 };
    let add = async |owner: i64| store.add_job(&job(owner, 10), room).await.expect("asked");
    let (early, late) = (job(1, 10), job(1, 11));
    let (one, two) = tokio::join!(store.add_job(&early, room), other.add_job(&late, room));
    let mut first = [one.expect("asked"), two.expect("asked")];
    first.sort();
    assert_eq!(first, [Some(1), Some(2)], "two at once have a number each");
    assert_eq!([add(1).await, add(1).await, add(1).await], [Some(3), Some(4), None], "as many of one as may");
    assert_eq!([add(2).await, add(2).await, add(2).await], [Some(5), Some(6), None], "as many of all as may");
    assert_eq!(store.jobs_waiting(UserId(1)).await.expect("read"), (6, 4));
    // Two engines take at once: never the same, and each user's in turn.
    let (a, b) = tokio::join!(store.take_job("a", 20), other.take_job("b", 20));
    let ids =
        |row: &Result<Option<super::jobs::JobRow>, StoreError>| row.as_ref().expect("asked").as_ref().expect("one").id;
    let mut taken = [ids(&a), ids(&b)];
    taken.sort_unstable();
    assert!(taken == [1, 5] || taken == [1, 2], "{taken:?}");
    let next = async |now_ns| store.take_job("a", now_ns).await.expect("asked").map(|row| (row.id, row.owner.0));
    let third = next(30).await.expect("one more");
    assert!(!taken.contains(&third.0));
    assert_eq!(next(40).await.map(|(_, owner)| owner), Some(if third.1 == 1 { 2 } else { 1 }), "they take turns");
    // How far it is; that it is to end.
    assert!(!store.beat_job(1, 3, 9, 50).await.expect("written"));
    let row = store.job(1).await.expect("read").expect("there");
    assert_eq!((row.state, row.done, row.total, row.owner), (JobState::Running, 3, 9, UserId(1)));
    assert!(other.cancel_job(1, 60).await.expect("asked"), "it runs: it is asked to end");
    assert!(store.beat_job(1, 4, 9, 61).await.expect("written"));
    assert!(store.end_job(1, &job_end(JobState::Canceled), 62).await.expect("written"));
    assert!(!store.end_job(1, &job_end(JobState::Done), 63).await.expect("asked"), "it is over once");
    assert!(!store.cancel_job(1, 64).await.expect("asked"), "what is over cannot be ended");
    assert_eq!(store.job_result(1).await.expect("read"), "{\"a\": 1}");
    // One that waits is ended at once.
    let waiting = |owner| JobsAsked { owner, kind: None, before: i64::MAX, count: 100 };
    let all = store.jobs(waiting(None)).await.expect("read");
    assert!(all.is_sorted_by_key(|row| std::cmp::Reverse(row.id)) && all.len() == 6);
    let queued: Vec<i64> = all.iter().filter(|row| row.state == JobState::Queued).map(|row| row.id).collect();
    assert!(store.cancel_job(queued[0], 70).await.expect("asked"));
    let row = store.job(queued[0]).await.expect("read").expect("there");
    assert_eq!((row.state, row.ended_ns, row.started_ns), (JobState::Canceled, 70, 0));
    assert_eq!(store.jobs(waiting(Some(UserId(2)))).await.expect("read").len(), 2, "one's own alone");
    let none = JobsAsked { kind: Some("optimize"), ..waiting(None) };
    assert!(store.jobs(none).await.expect("read").is_empty());
    let page = JobsAsked { before: 3, count: 1, ..waiting(None) };
    assert_eq!(store.jobs(page).await.expect("read").iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
    // Engine a is gone without a word, and begins again; b has said something not long ago.
    let of_a = store.interrupt_left("a", 80).await.expect("written");
    assert!(!of_a.is_empty() && of_a.iter().all(|row| row.state == JobState::Interrupted && row.ended_ns == 80));
    assert!(store.interrupt_left("a", 81).await.expect("written").is_empty());
    assert!(store.interrupt_silent("a", 5, 81).await.expect("written").is_empty(), "it has");
    assert!(store.interrupt_silent("b", 1_000, 82).await.expect("written").is_empty(), "nobody gives up his own");
    let of_b = store.interrupt_silent("a", 1_000, 82).await.expect("written");
    assert!(of_b.len() <= 1, "and then it has not");
    assert!(store.beat_job(of_a[0].id, 1, 2, 83).await.expect("asked"), "who was given up is to end");
    // The newest that are over stay; what waits and runs does, whatever its age.
    let left = store.jobs(waiting(None)).await.expect("read").iter().filter(|row| !row.state.is_over()).count();
    store.forget_jobs(2).await.expect("written");
    let rows = store.jobs(waiting(None)).await.expect("read");
    assert_eq!(rows.iter().filter(|row| row.state.is_over()).count(), 2);
    assert_eq!(rows.len(), 2 + left);
    // A schedule's time is one engine's.
    assert!(store.see_schedule("nightly", 100, 0).await.expect("written"), "the first");
    let (a, b) = tokio::join!(store.see_schedule("nightly", 200, 3), other.see_schedule("nightly", 200, 3));
    assert!(a.expect("asked") != b.expect("asked"), "one of both");
    assert!(!store.see_schedule("nightly", 150, 1).await.expect("asked"), "that time is over");
    store.schedule_began("nightly", 7).await.expect("written");
    let row = ScheduleRow { name: "nightly".to_owned(), seen_ns: 200, last_job: 7, missed: 3 };
    assert_eq!(store.schedules().await.expect("read"), [row]);
    store.close().await;
    other.close().await;
    let store = open(place).await;
    assert_eq!(store.jobs(waiting(None)).await.expect("read"), rows, "all is there again");
    store.close().await;
}

/// A copy has what was there, and may be opened; nothing is written over.
async fn copy_story(place: &Place, folder: &Path) {
    let store = open(place).await;
    let file = folder.join("copy.db");
    let path = file.to_str().expect("a text").to_owned();
    let is_file = matches!(place, Place::File(_));
    assert_eq!(store.copy_to(&path).await.expect("asked"), is_file, "a server is copied by its own program");
    if is_file {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("ours");
        let copy = open(&Place::File(file)).await;
        assert_eq!(copy.users().await.expect("read"), store.users().await.expect("read"));
        assert_eq!(copy.audit_head().await.expect("read"), store.audit_head().await.expect("read"));
        copy.close().await;
        assert!(store.copy_to(&path).await.is_err(), "what is there stays");
    }
    store.close().await;
}

/// A database of another build is not touched.
async fn migration_story(place: &Place) {
    let store = open(place).await;
    let set = async |text: &'static str| {
        sqlx::query(text).execute(&store.pool).await.expect("changed");
        Store::open(place, 8).await.map(|_| ()).expect_err("refused")
    };
    let error = set("INSERT INTO migrations (version, digest, applied_ns) VALUES (99, '', 0)").await;
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    let error = set("UPDATE migrations SET digest = 'x' WHERE version = 1").await;
    assert!(matches!(error, StoreError::Changed { version: 1 }), "{error}");
    store.close().await;
}

/// All stories, each over what the one before has left.
async fn stories(place: &Place) {
    people_story(place).await;
    audit_story(place).await;
    once_story(place).await;
    jobs_story(place).await;
    let copies = Folder::new(if matches!(place, Place::File(_)) { "copies-file" } else { "copies-url" });
    copy_story(place, &copies.0).await;
    migration_story(place).await;
}

#[test]
fn a_file_keeps_what_it_is_told() {
    let folder = Folder::new("file");
    run(stories(&folder.file()));
}

#[test]
fn a_server_keeps_what_it_is_told() {
    let Some(postgres) = Postgres::start() else { return };
    run(stories(&postgres.place()));
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let folder = Folder::new("mode");
    let Place::File(path) = folder.file() else { panic!("a file") };
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    run(async { open(&folder.file()).await.close().await });
    assert_eq!(mode(&path), 0o600);
    for wrong in [0o640, 0o604, 0o660, 0o644] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(wrong)).expect("set");
        let refused = run(Store::open(&folder.file(), 7)).map(|_| ()).expect_err("refused");
        assert!(matches!(refused, StoreError::Open { mode, .. } if mode == wrong), "{refused}");
    }
}

#[test]
fn only_postgres_is_asked_by_url() {
    for url in ["mysql://ringside@127.0.0.1/x", "sqlite://x.db", "http://127.0.0.1", ""] {
        let refused = run(Store::open(&Place::Url(url.to_owned()), 7)).map(|_| ()).expect_err("refused");
        assert!(matches!(refused, StoreError::NotPostgres), "{refused}");
    }
}
