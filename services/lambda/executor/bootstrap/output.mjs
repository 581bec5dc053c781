/** What a function writes to process.stdout itself may still be in the process when it answers; it belongs before the answer. */

/** @type {Set<'stdout' | 'stderr'>} those that were ever asked for: making them takes time */
const used = new Set();

export function watchOutput() {
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    Object.defineProperty(process, name, {
      ...property,
      get() {
        used.add(name);
        return property.get.call(process);
      },
    });
  }
}

export async function flushOutput() {
  for (const name of used) {
    const stream = process[name];
    if (stream.writableLength > 0) await new Promise((resolve) => stream.write('', () => resolve(undefined)));
  }
}
