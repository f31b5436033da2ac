use super::*;

const TEAM: Uuid = uuid::uuid!("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11");

#[test]
fn a_handle_comes_back_from_its_text_whatever_its_job_and_key() {
    for job in [
        "b5f1",
        "a b",
        "a:b",
        "%3A",
        "ä/…".trim_end_matches("/…"),
        "import:1",
    ] {
        for key in [None, Some("k"), Some("a:b"), Some("100%"), Some("~!*'()")] {
            let key = key.map(|key| IdempotencyKey::new(key).unwrap());
            let handle = ImportHandle::new(TEAM, JobId::new(job).unwrap()).with_key(key);
            let text = handle.to_string();
            assert_eq!(text.parse(), Ok(handle), "{text}");
            assert!(
                text.is_ascii() && !text.contains(char::is_whitespace),
                "{text}"
            );
        }
    }
}

#[test]
fn a_text_that_is_not_a_handle_is_refused() {
    let check =
        |text: &str, expected| assert_eq!(text.parse::<ImportHandle>(), Err(expected), "{text}");
    check("", HandleError::Form);
    check("import", HandleError::Form);
    check("import:1", HandleError::Form);
    check("import:x:y:z", HandleError::Form);
    check(&format!("import:1:{TEAM}:j:k:more"), HandleError::Form);
    check(&format!("import:1:{TEAM}:%ff"), HandleError::Form);
    check(&format!("import:7:{TEAM}:j"), HandleError::Version(7));
    check("import:1:team:j", HandleError::Team);
    check(
        &format!("import:1:{TEAM}:.."),
        HandleError::Job(JobIdError::DotSegment),
    );
    check(
        &format!("import:1:{TEAM}:"),
        HandleError::Job(JobIdError::Empty),
    );
    check(&format!("import:1:{TEAM}:j:"), HandleError::Key);
}
