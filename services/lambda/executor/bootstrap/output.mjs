/**
 * What a function writes to process.stdout or process.stderr itself is written when it says so: it belongs before the answer, keeps its place
 * among what console says, and is not lost in a crash. These streams are made when they are first asked for, which takes time.
 */
export function makeOutputSynchronous() {
  for (const name of ['stdout', 'stderr']) {
    const property = Object.getOwnPropertyDescriptor(process, name);
    let isSet = false;
    Object.defineProperty(process, name, {
      ...property,
      get() {
        const stream = property.get.call(process);
        if (!isSet) {
          isSet = true;
          stream._handle?.setBlocking?.(true);
        }
        return stream;
      },
    });
  }
}
