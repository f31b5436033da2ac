//! The jobs of a fleet.

use std::collections::HashMap;

use prism_imports_core::JobId;
use slab::Slab;
use uuid::Uuid;

use super::queue::{Place, Ticket};
use crate::{
    calls::{Follow, WatchCheckpoint},
    ids::ImportHandle,
};

/// A job of a fleet.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) handle: ImportHandle,
    pub(super) follow: Follow,
    /// The last place in the queue that it was given.
    pub(super) place: Place,
}

impl Member {
    pub(super) fn checkpoint(&self) -> WatchCheckpoint {
        WatchCheckpoint::new(self.handle.clone(), self.follow.checkpoint())
    }
}

/// Jobs, each in a slot until it leaves. The slot is then used for another one.
#[derive(Debug, Default)]
pub(super) struct Members {
    // Boxed, since a slab may reserve twice as many slots as there are jobs.
    slots: Slab<Box<Member>>,
    names: HashMap<(Uuid, JobId), usize>,
}

impl Members {
    /// Returns the slot of the next job to be added.
    pub(super) fn vacant(&self) -> usize {
        self.slots.vacant_key()
    }

    pub(super) fn insert(&mut self, member: Member) {
        let name = name(&member.handle);
        let slot = self.slots.insert(Box::new(member));
        self.names.insert(name, slot);
    }

    /// Returns the job with a ticket; `None` if it has left.
    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Member> {
        let member = self.slots.get_mut(ticket.slot)?;
        (member.place == ticket.place).then_some(member)
    }

    /// Removes the job with a ticket; `None` if it has left.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Member> {
        self.get_mut(ticket)?;
        self.vacate(ticket.slot)
    }

    /// Removes a job by its name.
    pub(super) fn remove(&mut self, handle: &ImportHandle) -> Option<Member> {
        let slot = self.names.get(&name(handle)).copied()?;
        self.vacate(slot)
    }

    /// Iterates over the jobs.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.slots.iter().map(|(_, member)| &**member)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Iterates over the jobs, to change them.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.slots.iter_mut().map(|(_, member)| &mut **member)
    }

    /// Returns a job by its name.
    pub(super) fn find(&self, handle: &ImportHandle) -> Option<&Member> {
        let slot = self.names.get(&name(handle)).copied()?;
        self.slots.get(slot).map(|member| &**member)
    }

    fn vacate(&mut self, slot: usize) -> Option<Member> {
        let member = self.slots.try_remove(slot)?;
        self.names.remove(&name(&member.handle));
        Some(*member)
    }
}

fn name(handle: &ImportHandle) -> (Uuid, JobId) {
    (handle.team_id(), handle.job_id().clone())
}
