/** Measures frames of one size in a process of its own, so that memory is that of one size. */
import {
  type FrameBenchOptions,
  type FrameFigures,
  measureFrames,
} from '@hypergate/node/embedded/prover/bench';

export type FrameAnswer = { readonly figures: FrameFigures } | { readonly error: string };

process.once('message', (options: FrameBenchOptions) => {
  measureFrames(options).then(
    (figures) => answer({ figures }),
    (error: unknown) =>
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});

function answer(message: FrameAnswer): void {
  process.send?.(message, () => process.disconnect());
}
