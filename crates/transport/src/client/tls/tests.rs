use super::{MOZILLA, provider};

#[test]
fn aws_lc_rs_takes_precedence_over_ring() {
    let random = format!("{:?}", provider().secure_random);
    let is_aws = cfg!(feature = "rustls-aws-lc-rs");
    assert_eq!(random, if is_aws { "AwsLcRs" } else { "Ring" });
}

#[test]
fn the_roots_of_mozilla_are_added_by_their_feature() {
    assert_eq!(MOZILLA.len() > 50, cfg!(feature = "webpki-roots"));
}
