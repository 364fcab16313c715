//! Root's rights, and how they are given up.

use nix::unistd::{Gid, Group, Uid, User, getgroups, initgroups, setgroups, setresgid, setresuid};
use rustix::thread::{
    CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
    set_keep_capabilities, set_no_new_privs,
};

use crate::args::RunAs;
use crate::fault::Fault;

/// Who to be.
struct Identity {
    user: Uid,
    group: Gid,
    /// The user's name, by which the other groups are found.
    name: Option<String>,
}

/// Becomes another user for good, and keeps of root's rights only the one to bind ports below
/// 1024: port 21, and port 20 for each data connection of active mode.
///
/// Rights belong to a thread, and new threads have those of who started them: this must be called
/// before there is a second thread.
pub(crate) fn give_up(run_as: &RunAs) -> Result<(), Fault> {
    if !Uid::effective().is_root() {
        return Err(
            Fault::new("only root can become another user with --run-as")
                .advise("Start it as root, or leave --run-as out and listen at a port above 1023."),
        );
    }
    let identity = identity(run_as)?;
    if identity.user.is_root() || identity.group.as_raw() == 0 {
        return Err(Fault::usage(
            "--run-as root would give nothing up; name a user and a group without root's rights",
        ));
    }
    become_user(&identity)
        .map_err(|error| Fault::new(format!("cannot become {}: {error}", run_as.user)))?;
    match can_return(&identity) {
        false => Ok(()),
        true => Err(Fault::new(
            "root's rights could be taken back; nothing is served",
        )),
    }
}

fn identity(run_as: &RunAs) -> Result<Identity, Fault> {
    let unknown = |what: &str, name: &str| Fault::new(format!("there is no {what} {name} here"));
    let failed = |error: nix::Error| Fault::new(format!("users cannot be looked up: {error}"));
    let user = match run_as.user.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)).map_err(failed)?,
        Err(_) => User::from_name(&run_as.user).map_err(failed)?,
    };
    let group = match &run_as.group {
        None => None,
        Some(name) => Some(match name.parse() {
            Ok(number) => Gid::from_raw(number),
            Err(_) => {
                Group::from_name(name)
                    .map_err(failed)?
                    .ok_or_else(|| unknown("group", name))?
                    .gid
            }
        }),
    };
    match (user, run_as.user.parse(), group) {
        (Some(user), _, group) => Ok(Identity {
            user: user.uid,
            group: group.unwrap_or(user.gid),
            name: Some(user.name),
        }),
        // A number need have no name.
        (None, Ok(number), Some(group)) => Ok(Identity {
            user: Uid::from_raw(number),
            group,
            name: None,
        }),
        (None, Ok(_), None) => Err(unknown("user", &run_as.user)
            .advise("A number without a name needs a group: --run-as NUMBER:GROUP.")),
        (None, Err(_), _) => Err(unknown("user", &run_as.user)),
    }
}

fn become_user(identity: &Identity) -> Result<(), std::io::Error> {
    let kept = capabilities(None)?.permitted & CapabilitySet::NET_BIND_SERVICE;
    set_keep_capabilities(true)?;
    let name = identity.name.as_ref();
    match name.and_then(|name| std::ffi::CString::new(name.as_str()).ok()) {
        Some(name) => initgroups(&name, identity.group)?,
        None => setgroups(&[identity.group])?,
    }
    setresgid(identity.group, identity.group, identity.group)?;
    setresuid(identity.user, identity.user, identity.user)?;
    set_capabilities(
        None,
        CapabilitySets {
            effective: kept,
            permitted: kept,
            inheritable: CapabilitySet::empty(),
        },
    )?;
    clear_ambient_capability_set()?;
    set_keep_capabilities(false)?;
    // No program that is set-user-ID or has capabilities of its own helps either.
    set_no_new_privs(true)?;
    Ok(())
}

/// Whether anything of root is left, or can be had again.
fn can_return(identity: &Identity) -> bool {
    let root = Uid::from_raw(0);
    let group = Gid::from_raw(0);
    let allowed = CapabilitySet::NET_BIND_SERVICE;
    setresuid(root, root, root).is_ok()
        || setresgid(group, group, group).is_ok()
        || setgroups(&[group]).is_ok()
        || Uid::current() != identity.user
        || Uid::effective() != identity.user
        || Gid::effective() != identity.group
        || getgroups().is_ok_and(|groups| groups.contains(&group))
        || capabilities(None).is_ok_and(|sets| !allowed.contains(sets.permitted | sets.inheritable))
}
