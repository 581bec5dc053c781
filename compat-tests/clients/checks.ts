/** Counts checks and prints one line for each; a failed one does not stop the others. */
import { isDeepStrictEqual } from 'node:util';

export class Checks {
  passed = 0;
  failed = 0;
  private readonly about: string;
  private readonly sum: Checks | undefined;

  constructor(about = '', sum?: Checks) {
    this.about = about;
    this.sum = sum;
  }

  /** A group whose counts go into this one too. */
  group(about: string): Checks {
    return new Checks(about, this);
  }

  /** True when the check passed. */
  async check(name: string, run: () => Promise<void>): Promise<boolean> {
    const begin = performance.now();
    try {
      await run();
    } catch (error) {
      this.fail(name, error instanceof Error ? error.message : String(error));
      return false;
    }
    this.pass(`${name} (${Math.round(performance.now() - begin)} ms)`);
    return true;
  }

  pass(name: string): void {
    this.count(true);
    console.log(`ok      ${this.about}: ${name}`);
  }

  fail(name: string, why: string): void {
    this.count(false);
    console.log(`FAILED  ${this.about}: ${name}: ${why}`);
  }

  private count(good: boolean): void {
    if (good) this.passed += 1;
    else this.failed += 1;
    this.sum?.count(good);
  }
}

export function equal(actual: unknown, expected: unknown, what: string): void {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`${what}: ${shorten(actual)} instead of ${shorten(expected)}`);
  }
}

export function holds(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
