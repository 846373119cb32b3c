use super::*;
use crate::error::ErrorKind;

#[test]
fn a_verb_inside_a_verb_keeps_the_outer_name_and_deadline() {
    let mut call = Call::new().limits(Limits {
        deadline: Some(Duration::ZERO),
        ..Limits::default()
    });
    let mut outer = call.enter("push", "a:1");
    let inner = outer.enter("tag", "b:2");
    assert_eq!(inner.context("", "").to_string(), "push a:1");
    assert_eq!(inner.check().unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn a_clean_up_ignores_the_cancel_that_caused_it_but_not_its_own_limit() {
    let cancel = Cancel::new();
    let mut call = Call::new().cancel(&cancel);
    cancel.cancel();
    assert_eq!(call.check().unwrap_err().kind(), ErrorKind::Cancelled);
    call.clean_up(|call| {
        call.check().expect("the flag does not count here");
        let ending = call.running.ending.as_ref().expect("it ends");
        ending.until.set(Some(Instant::now()));
        let error = call.check().expect_err("its own limit has passed");
        assert_eq!(error.kind(), ErrorKind::Timeout);
    });
    assert_eq!(call.check().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn what_completes_a_success_is_not_left_in_the_middle() {
    let cancel = Cancel::new();
    let mut call = Call::new().cancel(&cancel);
    let completed = call.complete(|call| {
        cancel.cancel();
        call.check().expect("it has its time from now on");
        let ending = call.running.ending.as_ref().expect("it ends");
        assert!(ending.until.get().is_some());
        7
    });
    assert_eq!(completed.expect("nobody said stop"), 7);

    let mut asked = 0;
    let mut stop = |_: &ImageProgressStep<'_>| {
        asked += 1;
        ControlFlow::Break(())
    };
    let mut call = Call::new().progress(&mut stop);
    let stopped = call.complete(|call| {
        call.heartbeat().expect("not in the middle");
        call.heartbeat().expect("not asked again");
    });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(asked, 1);
}

#[test]
fn a_verb_of_several_parts_ends_once() {
    let mut seen = Vec::new();
    let mut watch = |step: &ImageProgressStep<'_>| {
        seen.push((step.phase, step.sum_current));
        ControlFlow::Continue(())
    };
    let step = |phase, sum_current| ImageProgressStep {
        phase,
        sum_current,
        ..ImageProgressStep::default()
    };
    let verb = |call: &mut Call<'_>| {
        call.reporting(Reports::NoEnd, |call| {
            call.step(&step(Phase::Pushing, 5))?;
            call.step(&step(Phase::Done, 7))
        })?;
        call.reporting(Reports::Heartbeats, |call| {
            call.step(&step(Phase::Importing, 1))?;
            call.moved(Phase::Importing, 2, None)?;
            call.heartbeat()
        })?;
        call.finish("")
    };
    verb(&mut Call::new().progress(&mut watch)).expect("nobody stops it");
    let expected = [(Phase::Pushing, 5), (Phase::Waiting, 7), (Phase::Done, 7)];
    assert_eq!(seen, expected);
}

#[test]
fn a_callback_that_breaks_stops_the_call() {
    let mut stop = |_: &ImageProgressStep<'_>| ControlFlow::Break(());
    let mut call = Call::new().progress(&mut stop);
    assert_eq!(call.heartbeat().unwrap_err().kind(), ErrorKind::Cancelled);
}
