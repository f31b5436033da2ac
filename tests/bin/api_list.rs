//! Lists the public API of the four crates, a line an item, in `docs/api.md`.
//!
//! ```text
//! cargo run -p prism-imports-tests --bin api_list              # writes the file
//! cargo run -p prism-imports-tests --bin api_list -- --check   # 1 when the file is not what it would write
//! ```
//!
//! rustdoc's JSON has no stable form, so its version is checked and nothing else is relied on.
#![expect(clippy::print_stderr, reason = "a program for people")]

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use serde_json::Value;

/// Each crate by the features that its documentation is made with.
const CRATES: [(&str, &str); 4] = [
    ("prism-imports", "default"),
    ("prism-imports-core", ""),
    ("prism-imports-transport", "default,proxy,gzip,tracing"),
    ("prism-imports-sandbox", "default"),
];

/// The forms of rustdoc's JSON that were looked at.
const KNOWN_FORMS: std::ops::RangeInclusive<u64> = 45..=60;

fn main() -> ExitCode {
    match run(env::args().any(|argument| argument == "--check")) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!(
                "docs/api.md is not what the code says: run `cargo run -p prism-imports-tests --bin api_list`"
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(check: bool) -> Result<bool, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut page = String::from(
        "# The public API\n\nEvery public item of the four crates with the first sentence of its documentation, made by\n\
         `cargo run -p prism-imports-tests --bin api_list` and checked by the gate.\n",
    );
    for (name, features) in CRATES {
        let json = rustdoc(&root, name, features)?;
        let form = json["format_version"].as_u64().unwrap_or_default();
        if !KNOWN_FORMS.contains(&form) {
            return Err(
                format!("rustdoc writes form {form}, and {KNOWN_FORMS:?} are known").into(),
            );
        }
        let mut list = List {
            index: &json["index"],
            lines: BTreeMap::new(),
        };
        list.module(&json["root"], "");
        write!(page, "\n## {name}\n\n")?;
        for ((path, kind), sentence) in &list.lines {
            writeln!(page, "- {kind} `{path}` — {sentence}")?;
        }
    }
    let file = root.join("docs/api.md");
    if check {
        return Ok(fs::read_to_string(file)? == page);
    }
    fs::write(file, page)?;
    Ok(true)
}

/// Has rustdoc describe a crate, in a target directory of its own so that no other documentation is replaced.
fn rustdoc(root: &Path, name: &str, features: &str) -> Result<Value, Box<dyn Error>> {
    let target = target_directory(root).join("api-list");
    let status = Command::new(env!("CARGO"))
        .current_dir(root)
        // rustdoc's JSON is behind an unstable flag, which this lets a stable toolchain take.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .args([
            "rustdoc",
            "--quiet",
            "--lib",
            "--package",
            name,
            "--features",
            features,
        ])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .status()?;
    if !status.success() {
        return Err(format!("rustdoc failed on {name}").into());
    }
    let file = target
        .join("doc")
        .join(format!("{}.json", name.replace('-', "_")));
    Ok(serde_json::from_slice(&fs::read(file)?)?)
}

fn target_directory(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// The items found so far: path and kind to sentence, so that they are sorted and none is told twice.
struct List<'a> {
    index: &'a Value,
    lines: BTreeMap<(String, &'static str), String>,
}

impl<'a> List<'a> {
    fn item(&self, id: &Value) -> Option<&'a Value> {
        self.index.get(id.to_string())
    }

    fn module(&mut self, id: &Value, path: &str) {
        let Some(module) = self.item(id) else { return };
        for child in array(&module["inner"]["module"]["items"]) {
            if let Some(item) = self.item(child) {
                self.add(item, item["name"].as_str(), path);
            }
        }
    }

    /// Adds an item under a name, and what it holds.
    fn add(&mut self, item: &'a Value, name: Option<&str>, path: &str) {
        let inner = &item["inner"];
        if let Some(import) = inner.get("use") {
            self.import(import, path);
            return;
        }
        let Some(name) = name else { return };
        let full = if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}::{name}")
        };
        let Some(kind) = KINDS.into_iter().find(|kind| inner.get(kind).is_some()) else {
            return;
        };
        self.line(kind, full.clone(), item);
        match kind {
            "module" => self.module(&item["id"], &full),
            "enum" => self.members(&inner[kind]["variants"], &full),
            "struct" => self.members(&inner[kind]["kind"]["plain"]["fields"], &full),
            "trait" => self.members(&inner[kind]["items"], &full),
            _ => {}
        }
        for id in array(&inner[kind]["impls"]) {
            let Some(block) = self.item(id) else { continue };
            // Methods of traits are listed with the trait.
            if block["inner"]["impl"]["trait"].is_null() {
                self.members(&block["inner"]["impl"]["items"], &full);
            }
        }
    }

    /// Adds what is re-exported, under its new name.
    fn import(&mut self, import: &Value, path: &str) {
        let Some(target) = self.item(&import["id"]) else {
            let name = import["name"].as_str().unwrap_or_default();
            let source = import["source"].as_str().unwrap_or_default();
            if import["is_glob"] == true {
                self.lines.insert(
                    (format!("{source}::*"), "use"),
                    "Everything of that crate.".to_owned(),
                );
            } else {
                let sentence = format!("`{source}` under another name.");
                self.lines.insert((join(path, name), "use"), sentence);
            }
            return;
        };
        if import["is_glob"] == true {
            self.module(&import["id"], path);
        } else {
            self.add(target, import["name"].as_str(), path);
        }
    }

    fn members(&mut self, ids: &Value, path: &str) {
        for id in array(ids) {
            let Some(item) = self.item(id) else { continue };
            let name = item["name"].as_str().unwrap_or_default();
            let inner = &item["inner"];
            let Some(kind) = MEMBERS.into_iter().find(|kind| inner.get(kind).is_some()) else {
                continue;
            };
            // Members of traits and enums are public by default; the rest says so.
            if item["visibility"] != "public" && item["visibility"] != "default" {
                continue;
            }
            let kind = match kind {
                "function" => "fn",
                "struct_field" => "field",
                other => other,
            };
            self.line(kind, join(path, name), item);
        }
    }

    fn line(&mut self, kind: &'static str, path: String, item: &Value) {
        let kind = if kind == "function" { "fn" } else { kind };
        let sentence = sentence(item["docs"].as_str().unwrap_or_default());
        self.lines.insert((path, kind), sentence);
    }
}

const KINDS: [&str; 9] = [
    "module",
    "struct",
    "enum",
    "trait",
    "function",
    "type_alias",
    "constant",
    "static",
    "macro",
];

const MEMBERS: [&str; 6] = [
    "function",
    "variant",
    "struct_field",
    "assoc_const",
    "assoc_type",
    "constant",
];

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}::{name}")
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Returns the first sentence of a documentation on one line, without its links.
fn sentence(docs: &str) -> String {
    let paragraph: Vec<_> = docs
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |end| end + 1);
    let mut sentence = String::new();
    let mut rest = &paragraph[..end];
    // `[text](target)` and `[text]` both become the text.
    while let Some(open) = rest.find('[') {
        sentence.push_str(&rest[..open]);
        rest = &rest[open + 1..];
        let Some(close) = rest.find(']') else { break };
        sentence.push_str(&rest[..close]);
        rest = &rest[close + 1..];
        if let Some(target) = rest.strip_prefix('(') {
            rest = target.find(')').map_or("", |end| &target[end + 1..]);
        }
    }
    sentence.push_str(rest);
    sentence
}
