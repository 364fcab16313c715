//! COMB: a file put together of parts.

use std::future::poll_fn;
use std::sync::Arc;

use ftp_proto::codec::path::VirtualPath;
use ftp_proto::server::{Change, Denied, Keep, Placement};

use super::long::{Awaited, Long, PIECE};
use crate::storage::{Op, Sink, Storage, denied_of};

/// Writes what is in `target` and the parts behind it anew, and deletes the parts once that is in
/// its place. When it fails, or nobody waits any more, all is as it was.
pub(super) fn combine(
    long: &Long,
    storage: &Arc<dyn Storage>,
    target: VirtualPath,
    parts: Vec<VirtualPath>,
) -> Op<()> {
    let storage = Arc::clone(storage);
    long.run(move |awaited| async move {
        let is_new = match answer(storage.metadata(&target)).await {
            Ok(_) => false,
            Err(Denied::NotFound) => true,
            Err(denied) => return Err(denied),
        };
        // Before anything is written: a part that cannot be read is no part.
        for part in &parts {
            awaited.go_on(answer(storage.open_read(part, 0))).await?;
        }
        let mut sink = answer(storage.open_write(&target, Placement::Whole)).await?;
        let before = (!is_new).then_some(&target);
        let mut written = Ok(());
        for part in before.into_iter().chain(&parts) {
            written = copy(&*storage, part, &mut *sink, &awaited).await;
            if written.is_err() {
                break;
            }
        }
        if let Err(denied) = written {
            let _ = answer(sink.finish(Keep::Partial)).await;
            if is_new {
                let _ = answer(storage.change(Change::Delete(target))).await;
            }
            return Err(denied);
        }
        answer(sink.finish(Keep::Whole)).await?;
        for part in parts {
            answer(storage.change(Change::Delete(part))).await?;
        }
        Ok(())
    })
}

async fn copy(
    storage: &dyn Storage,
    from: &VirtualPath,
    to: &mut (dyn Sink + Send),
    awaited: &Awaited,
) -> Result<(), Denied> {
    let mut source = awaited.go_on(answer(storage.open_read(from, 0))).await?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = poll_fn(|cx| source.poll_read(cx, &mut piece));
        let read = async { read.await.map_err(|_| Denied::Failed) };
        let mut rest = match awaited.go_on(read).await? {
            0 => return Ok(()),
            read => &piece[..read],
        };
        while !rest.is_empty() {
            let written = poll_fn(|cx| to.poll_write(cx, rest));
            let written = async { written.await.map_err(|error| denied_of(&error)) };
            let written = awaited.go_on(written).await?;
            rest = rest.get(written..).unwrap_or_default();
        }
    }
}

async fn answer<T>(op: Op<T>) -> Result<T, Denied> {
    match op {
        Op::Ready(answer) => answer,
        Op::Pending(answer) => answer.await,
    }
}
