/** Long work in JavaScript on behalf of a script asks now and then whether the script goes on, as its instructions do. */
const countsPerTick = 10_000;

export class Ticker {
  private readonly onTick: () => void;
  private left = countsPerTick;

  /** @param onTick throws LuaError to end the script */
  constructor(onTick: () => void) {
    this.onTick = onTick;
  }

  count(): void {
    if (--this.left > 0) return;
    this.left = countsPerTick;
    this.onTick();
  }
}
