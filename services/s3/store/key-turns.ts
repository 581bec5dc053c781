/**
 * Turns at a key: writers that met another writer go on one after the other, so that none is overtaken for ever. Whoever
 * meets nobody takes no turn; conditions on revisions, not turns, are what keeps changes right.
 */
export class KeyTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** @returns what ends the turn, to be called once, whatever the outcome */
  async take(key: string): Promise<() => void> {
    const before = this.#last.get(key);
    let end!: () => void;
    const turn = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#last.set(key, turn);
    if (before !== undefined) await before;
    return () => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
      end();
    };
  }
}
