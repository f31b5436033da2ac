//! The jobs of a fleet.

use std::{collections::HashMap, hint::black_box};

use prism_imports_core::JobId;
use slab::Slab;
use uuid::Uuid;

use super::queue::{Place, Ticket};
use crate::{handle::ImportHandle, watch::Follow};

/// A job of a fleet.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) handle: ImportHandle,
    pub(super) follow: Follow,
    /// The job's current place in the queue.
    pub(super) place: Place,
}

/// The jobs of a fleet, each in one slot of a slab. Slots are reused after a job is removed.
#[derive(Debug, Default)]
pub(super) struct Members {
    // Boxed, since a slab may reserve twice the capacity.
    slots: Slab<Box<Member>>,
    names: HashMap<(Uuid, JobId), usize>,
}

impl Members {
    /// Returns the slot that the next job will get.
    pub(super) fn vacant(&self) -> usize {
        self.slots.vacant_key()
    }

    pub(super) fn insert(&mut self, member: Member) {
        let name = name(&member.handle);
        let slot = self.slots.insert(Box::new(member));
        self.names.insert(name, slot);
    }

    pub(super) fn contains(&self, handle: &ImportHandle) -> bool {
        self.names.contains_key(&name(handle))
    }

    /// Returns the job of a ticket; `None` if it was removed.
    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Member> {
        let member = self.slots.get_mut(ticket.slot)?;
        (member.place == ticket.place).then_some(member)
    }

    /// Removes the job of a ticket; `None` if it was removed before.
    pub(super) fn take(&mut self, ticket: Ticket) -> Option<Member> {
        self.get_mut(ticket)?;
        self.vacate(ticket.slot)
    }

    /// Removes the job of a handle.
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

    /// Loads the jobs that are processed next into the cache.
    ///
    /// The jobs of a large fleet do not fit into the cache. The loads of several jobs overlap here, where processing one
    /// job at a time would wait for each load in turn.
    pub(super) fn prefetch(&self, tickets: impl IntoIterator<Item = Ticket>) {
        for ticket in tickets {
            if let Some(Member { handle, follow, .. }) = self.slots.get(ticket.slot).map(|m| &**m) {
                black_box((
                    handle.job_id().as_str().as_bytes().first().copied(),
                    follow.prefetch(),
                ));
            }
        }
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
