import type { HostGate, HostOutcome } from "./host-gate.ts";
import type { GateWait } from "./host-gate-waiter.ts";
import type { HostGates } from "./host-gates.ts";

/**
 * One attempt's way through the gates of the hosts that it speaks to. It is inside one of them at most. Plain data and
 * functions rather than an object with methods, whose closures each of many small requests would pay for.
 */
export interface GatePass {
  readonly gates: HostGates;
  /** With 0 slots it waits in each line, but takes nothing. */
  readonly slots: 0 | 1;
  readonly wait: GateWait;
  gate: HostGate | undefined;
  isInside: boolean;
  /** The gate's window at the time of entering. */
  began: number;
  /** Whether the host had answered before this attempt came to it. */
  wasAnswered: boolean;
}

/** A pass that is at no gate yet. */
export function createGatePass(gates: HostGates, slots: 0 | 1, wait: GateWait): GatePass {
  return { gates, slots, wait, gate: undefined, isInside: false, began: 0, wasAnswered: false };
}

/** Enters the gate of the URL's origin; `undefined` when that took no waiting. Throws like {@link HostGate.enter}. */
export function enterGate(pass: GatePass, url: URL): Promise<void> | undefined {
  const gate = pass.gates.of(url);
  pass.gate = gate;
  if (!gate.tryEnter(pass.slots)) return gate.enter(pass.slots, pass.wait).then(() => noteEntry(pass, gate));
  noteEntry(pass, gate);
  return undefined;
}

/** The host has answered something. */
export function noteAnswer(pass: GatePass): void {
  if (pass.gate !== undefined) pass.gate.hasAnswered = true;
}

/** Gives the slot back; harmless when there is none. */
export function leaveGate(pass: GatePass, outcome: HostOutcome): void {
  if (!pass.isInside) return;
  pass.isInside = false;
  pass.gate?.leave(pass.slots, pass.began, outcome);
}

function noteEntry(pass: GatePass, gate: HostGate): void {
  pass.isInside = true;
  pass.began = gate.window;
  pass.wasAnswered = gate.hasAnswered;
}
