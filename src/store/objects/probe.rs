use super::{ObjectPath, Objects, ObjectsError};

/// Finds out whether objects can be put and replaced under a condition, by writing, replacing and deleting one at a path
/// where there is nothing. A second writer must not use the same path.
///
/// Some stores ignore the condition. Two writers of such a store would each be told that it was the one.
///
/// # Errors
/// [`ObjectsError::Unconditional`] if the store ignores a condition. Nothing else was changed.
pub fn probe(objects: &dyn Objects, path: &ObjectPath) -> Result<(), ObjectsError> {
    let probed = conditions(objects, path);
    // It does no harm if it stays.
    let _ = objects.delete(path);
    probed
}

fn conditions(objects: &dyn Objects, path: &ObjectPath) -> Result<(), ObjectsError> {
    // What is there counts, not what a write answers: a client that repeats a request after a lost answer is told no.
    let _ = objects.put_if_absent(path, b"first")?;
    let first = objects.get(path)?.filter(|object| object.bytes == b"first");
    let first = first.ok_or(ObjectsError::Unconditional("an object cannot be put where there is none"))?;
    let holds = |bytes: &[u8]| -> Result<bool, ObjectsError> {
        Ok(objects.get(path)?.is_some_and(|object| object.bytes == bytes))
    };

    let second = objects.put_if_absent(path, b"second")?;
    if second.is_some() || !holds(b"first")? {
        return Err(ObjectsError::Unconditional("an object was put where there is one already"));
    }
    let _ = objects.replace(path, &first.version, b"third")?;
    if !holds(b"third")? {
        return Err(ObjectsError::Unconditional("an object that did not change cannot be replaced"));
    }
    let stale = objects.replace(path, &first.version, b"fourth")?;
    if stale.is_some() || !holds(b"third")? {
        return Err(ObjectsError::Unconditional("an object was replaced although it had changed"));
    }
    Ok(())
}
