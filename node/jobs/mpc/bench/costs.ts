/** What work costs. */
export interface Cost {
  readonly wallMs: number;
  /** All threads of the process, collection of garbage included. */
  readonly cpuMs: number;
}

/** Takes the costs of what comes after it. */
export function startCost(): () => Cost {
  const cpu = process.cpuUsage();
  const at = performance.now();
  return () => {
    const wallMs = performance.now() - at;
    const { user, system } = process.cpuUsage(cpu);
    return { wallMs, cpuMs: (user + system) / 1000 };
  };
}

export async function costOf(run: () => unknown): Promise<Cost> {
  const cost = startCost();
  await run();
  return cost();
}
