//! The page of documentation.

use std::{fs, path::Path};

use opentelemetry_example::print;

use super::{
    metrics::exported,
    support::{Nothing, run},
};

const EXAMPLE: &str = env!("CARGO_MANIFEST_DIR");

fn page() -> String {
    let page = Path::new(EXAMPLE).join("../../../docs/cookbook/opentelemetry.md");
    fs::read_to_string(page).unwrap()
}

/// Every program on the page is a part of the sources, apart from the indentation.
#[test]
fn excerpts_are_parts_of_the_sources() {
    let sources: Vec<_> = fs::read_dir(Path::new(EXAMPLE).join("src"))
        .unwrap()
        .map(|entry| without_indentation(&fs::read_to_string(entry.unwrap().path()).unwrap()))
        .collect();
    let page = page();
    let blocks = page.split("```rust,ignore\n").skip(1);
    for block in blocks.clone() {
        let (excerpt, _) = block.split_once("```").unwrap();
        let lines = without_indentation(excerpt);
        let is_part = sources.iter().any(|source| source.contains(&lines));
        assert!(is_part, "this is no part of the sources:\n{excerpt}");
    }
    assert!(blocks.count() >= 4);
}

/// The tree and the metrics on the page are those that the program prints.
#[tokio::test(start_paused = true)]
async fn the_page_shows_what_the_program_prints() {
    let tree = print::tree(&run(Nothing, "off").await.spans).join("\n");
    assert!(
        page().contains(&tree),
        "the page has another tree than\n{tree}"
    );
    let metrics = exported().await.join("\n");
    assert!(
        page().contains(&metrics),
        "the page has other metrics than\n{metrics}"
    );
}

fn without_indentation(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim(), "\n"]).collect()
}
