//! The life of one app, one edit after the other, with an operator that dies when it is told to and is replaced.
//! It says what came out of it; what should have come out is the test's to say.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

use crate::{
    scene::Scene,
    state::State,
    wire::{Fate, Sent, Wire},
};

/// When the operator dies: at its write of that index, counted from the edit on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Death {
    /// Which write, the first being 0.
    pub index: usize,
    /// On which side of it.
    pub side: Side,
}

/// Where in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The server never got it.
    Before,
    /// The server did it, and the operator never knew.
    After,
}

/// An app's life.
pub struct Life {
    /// Where it is lived.
    pub scene: Scene,
    name: String,
    wire: Wire,
}

/// What came of an edit.
pub struct Course {
    /// The writes it took, those of all operators.
    pub writes: Vec<Sent>,
    /// Where in `writes` an operator died.
    pub died: Option<usize>,
    /// The namespace afterwards.
    pub state: State,
    /// Writes of a look that was forced when all was done.
    pub late: Vec<Sent>,
}

impl Life {
    /// Begins, with an operator.
    pub async fn begin(mut scene: Scene, name: &str) -> Self {
        let wire = Wire::new();
        scene.start_on(&wire).await;
        Self { scene, name: name.to_owned(), wire }
    }

    /// Applies a spec, lets the operator die, and waits until a living one has nothing left to do.
    pub async fn edit(&mut self, app: &Value, death: Option<Death>) -> Course {
        let from = self.wire.writes().len();
        if let Some(death) = death {
            self.wire.rule(dies(death));
        }
        self.scene.apply(app).await;
        let wire = self.wire.clone();
        tokio::select! {
            () = wire.loses() => {}
            () = self.settles() => {}
        }
        let mut writes = wire.writes().split_off(from);
        let mut died = None;
        if wire.has_lost() {
            // a stillborn write of the dead does not count
            died = death.map(|death| death.index);
            writes.truncate(died.map_or(0, |index| index + 1));
            self.replace_operator().await;
            self.settles().await;
            writes.extend(self.wire.writes());
        } else {
            self.wire.rule(|_| Fate::Passes);
        }
        let known = self.wire.writes().len();
        self.scene.touch(&self.name, 1).await;
        self.scene.rest().await;
        Course { writes, died, state: State::of(&self.scene).await, late: self.wire.writes().split_off(known) }
    }

    /// The wire of its operator.
    pub fn wire(&self) -> Wire {
        self.wire.clone()
    }

    /// Ends the operator at whatever it does.
    pub fn kill_operator(&mut self) {
        self.wire.rule(|_| Fate::IsLost);
        self.scene.kill();
    }

    /// Ends the operator at whatever it does, and starts another.
    pub async fn replace_operator(&mut self) {
        self.kill_operator();
        self.wire = Wire::new();
        self.scene.start_on(&self.wire).await;
    }

    /// Waits until the app runs as asked, and the operator has nothing left to do.
    pub async fn settles(&mut self) {
        self.scene.ready(&self.name, "Running").await;
        self.scene.rest().await;
    }
}

/// The rule under which the operator dies: nothing that it asks from then on arrives.
pub fn dies(death: Death) -> impl Fn(&Sent) -> Fate + Send + Sync {
    let seen = Arc::new(AtomicUsize::new(0));
    move |sent| {
        if !sent.is_write() {
            return if seen.load(Ordering::SeqCst) > death.index { Fate::IsLost } else { Fate::Passes };
        }
        match (seen.fetch_add(1, Ordering::SeqCst), death.side) {
            (index, _) if index < death.index => Fate::Passes,
            (index, Side::After) if index == death.index => Fate::IsUnanswered,
            _ => Fate::IsLost,
        }
    }
}

/// The rule that holds the write of that index.
pub fn holds(index: usize) -> impl Fn(&Sent) -> Fate + Send + Sync {
    let seen = AtomicUsize::new(0);
    move |sent| {
        let is_it = sent.is_write() && seen.fetch_add(1, Ordering::SeqCst) == index;
        if is_it { Fate::IsHeld } else { Fate::Passes }
    }
}
