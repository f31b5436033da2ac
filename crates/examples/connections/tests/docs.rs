//! The page of documentation.

use std::{fs, path::Path};

/// Every program on the page is a part of the sources, apart from the indentation.
#[test]
fn excerpts_are_parts_of_the_sources() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(example.join("../../../docs/cookbook/connections.md")).unwrap();
    let sources: Vec<_> = fs::read_dir(example.join("src"))
        .unwrap()
        .map(|entry| without_indentation(&fs::read_to_string(entry.unwrap().path()).unwrap()))
        .collect();
    let blocks: Vec<_> = page.split("```rust,ignore\n").skip(1).collect();
    for block in &blocks {
        let (excerpt, _) = block.split_once("```").unwrap();
        let lines = without_indentation(excerpt);
        let is_part = sources.iter().any(|source| source.contains(&lines));
        assert!(is_part, "this is no part of the sources:\n{excerpt}");
    }
    assert!(!blocks.is_empty());
}

fn without_indentation(text: &str) -> String {
    text.lines().flat_map(|line| [line.trim(), "\n"]).collect()
}
