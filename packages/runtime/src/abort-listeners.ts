interface Crowd {
  readonly listeners: Set<() => void>;
  readonly abort: () => void;
}

const crowds = new WeakMap<AbortSignal, Crowd>();

/**
 * Calls the listener when the signal aborts; gives the function that takes it away. A signal that has aborted already
 * calls nobody. However many listen to one signal, it has one listener: hosts take more than ten for a leak and say so
 * on the user's terminal, and to take one of thousands away they search them all.
 */
export function listenForAbort(signal: AbortSignal, listener: () => void): () => void {
  const crowd = crowds.get(signal) ?? gather(signal);
  crowd.listeners.add(listener);
  return () => {
    crowd.listeners.delete(listener);
    if (crowd.listeners.size > 0 || crowds.get(signal) !== crowd) return;
    crowds.delete(signal);
    signal.removeEventListener("abort", crowd.abort);
  };
}

function gather(signal: AbortSignal): Crowd {
  const listeners = new Set<() => void>();
  const abort = (): void => {
    crowds.delete(signal);
    for (const listener of listeners) listener();
  };
  const crowd = { listeners, abort };
  crowds.set(signal, crowd);
  signal.addEventListener("abort", abort, { once: true });
  return crowd;
}
