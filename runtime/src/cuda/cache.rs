//! Compiled programs on disk, so that the next process need not compile them again.
//!
//! An entry holds all that it was made from, and that is compared: names are hashes, equality decides. Entries appear whole
//! or not at all; one that is cut short, altered or of another program counts as missing.

use ondine_codegen::cuda::hash;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

const MAGIC: &[u8; 8] = b"ondine1\n";

/// Bytes of all entries together, unless `ONDINE_CACHE_BYTES` says otherwise; 0 keeps none.
const BYTES: u64 = 256 << 20;

/// A folder of compiled programs.
pub(super) struct Cache {
    folder: Option<PathBuf>,
    limit: u64,
}

impl Cache {
    /// The folder in `ONDINE_CACHE`, or `ondine` in the user's folder for such things.
    pub(super) fn from_environment() -> Cache {
        let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
        let user = || std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
        let folder = match std::env::var_os("ONDINE_CACHE") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => user().map(|user| user.join("ondine")),
        };
        let limit = std::env::var("ONDINE_CACHE_BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(BYTES);
        Cache { folder: folder.filter(|_| limit > 0), limit }
    }

    fn path(&self, key: &[u8]) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{:016x}.cubin", hash(key))))
    }

    /// The image made from this identity and source, if it is there and whole.
    pub(super) fn get(&self, identity: &str, source: &str) -> Option<Vec<u8>> {
        let key = key(identity, source);
        let path = self.path(&key)?;
        let bytes = fs::read(&path).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
        if sum != hash(body).to_le_bytes() {
            return None;
        }
        let image =
            body.strip_prefix(MAGIC)?.strip_prefix(&(key.len() as u64).to_le_bytes())?.strip_prefix(&key[..])?;
        // The oldest go first when room is needed.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(image.to_vec())
    }

    /// Keeps an image. A cache that cannot be written keeps nothing.
    pub(super) fn put(&self, identity: &str, source: &str, image: &[u8]) {
        let key = key(identity, source);
        let Some(path) = self.path(&key) else { return };
        let mut body = MAGIC.to_vec();
        body.extend((key.len() as u64).to_le_bytes());
        body.extend(&key);
        body.extend(image);
        body.extend(hash(&body).to_le_bytes());
        if body.len() as u64 <= self.limit && self.write(&path, &body).is_ok() {
            self.shrink();
        }
    }

    fn write(&self, path: &Path, body: &[u8]) -> std::io::Result<()> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let folder = path.parent().ok_or(std::io::ErrorKind::NotFound)?;
        fs::create_dir_all(folder)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let unfinished = folder.join(format!("{}-{count}.unfinished", std::process::id()));
        let written = fs::File::create(&unfinished).and_then(|mut file| file.write_all(body));
        let renamed = written.and_then(|()| fs::rename(&unfinished, path));
        if renamed.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        renamed
    }

    /// Drops the entries that were not used for longest until the rest fit.
    fn shrink(&self) {
        let Some(entries) = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok()) else { return };
        let mut entries: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter_map(|entry| {
                let about = entry.metadata().ok()?;
                Some((about.modified().ok()?, about.len(), entry.path()))
            })
            .collect();
        entries.sort();
        let mut total: u64 = entries.iter().map(|(_, bytes, _)| bytes).sum();
        for (_, bytes, path) in entries {
            if total <= self.limit {
                return;
            }
            if fs::remove_file(path).is_ok() {
                total -= bytes;
            }
        }
    }
}

fn key(identity: &str, source: &str) -> Vec<u8> {
    [identity.as_bytes(), b"\0", source.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(name: &str, limit: u64) -> Cache {
        let folder = std::env::temp_dir().join(format!("ondine-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        Cache { folder: Some(folder), limit }
    }

    fn files(cache: &Cache) -> Vec<PathBuf> {
        let folder = cache.folder.as_ref().expect("the test's cache has a folder");
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    #[test]
    fn what_was_kept_is_found_under_the_same_source_and_identity() {
        let cache = cache("kept", 1 << 20);
        cache.put("a", "source", b"image");
        assert_eq!(cache.get("a", "source").as_deref(), Some(&b"image"[..]));
        assert_eq!(cache.get("b", "source"), None);
        assert_eq!(cache.get("a", "sourc"), None);
        assert_eq!(files(&cache).len(), 1);
        let _ = fs::remove_dir_all(cache.folder.expect("it has one"));
    }

    #[test]
    fn broken_entries_are_missing() {
        let cache = cache("broken", 1 << 20);
        cache.put("a", "source", &[7; 100]);
        let path = files(&cache).pop().expect("there is an entry");
        let whole = fs::read(&path).expect("it can be read");
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            fs::write(&path, altered).expect("it can be written");
            assert_eq!(cache.get("a", "source"), None, "byte {at}");
            fs::write(&path, &whole[..at]).expect("it can be written");
            assert_eq!(cache.get("a", "source"), None, "cut at {at}");
        }
        fs::write(&path, &whole).expect("it can be written");
        assert!(cache.get("a", "source").is_some());
        let _ = fs::remove_dir_all(cache.folder.expect("it has one"));
    }

    #[test]
    fn all_entries_together_stay_below_the_limit() {
        let cache = cache("limit", 1000);
        for at in 0..20 {
            cache.put("a", &format!("source {at}"), &[at; 100]);
        }
        let bytes: u64 = files(&cache).iter().map(|path| fs::metadata(path).expect("it is there").len()).sum();
        assert!(bytes <= 1000 && bytes > 500, "{bytes}");
        cache.put("a", "too large", &[0; 2000]);
        assert_eq!(cache.get("a", "too large"), None);
        let _ = fs::remove_dir_all(cache.folder.expect("it has one"));
    }

    #[test]
    fn a_cache_that_cannot_be_written_keeps_nothing() {
        let cache = Cache { folder: Some("/proc/nowhere".into()), limit: 1000 };
        cache.put("a", "source", b"image");
        assert_eq!(cache.get("a", "source"), None);
    }
}
