//! What the README shows is what the compiler prints: its listings are the bodies of snapshot files.

/// The text of a snapshot without its header.
fn snapshot(name: &str) -> String {
    let path = format!("{}/tests/snapshots/smooth__{name}.snap", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the snapshot is in the repository");
    let mut parts = text.splitn(3, "---\n");
    parts.nth(2).expect("a snapshot has a header between two rules").trim().to_string()
}

#[test]
fn the_listings_are_the_snapshots() {
    let readme = include_str!("../README.md");
    for name in ["before", "after", "plan"] {
        assert!(readme.contains(&snapshot(name)), "README.md does not show the snapshot {name:?}");
    }
}
