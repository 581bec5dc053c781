/** Work that goes on after its call was answered: a snapshot that is taken. */
import type { Logger } from 'pino';

export class Jobs {
  readonly #logger: Logger;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param name one job of a name at a time: what is under way already is not begun again */
  begin(name: string, work: () => Promise<void>): void {
    if (this.#underWay.has(name)) return;
    const job = work()
      .catch((error: unknown) => {
        this.#logger.error(
          { err: error, job: name },
          'work of the control plane failed; the next start takes it up',
        );
      })
      .finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, job);
  }

  has(name: string): boolean {
    return this.#underWay.has(name);
  }

  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay.values());
  }
}
