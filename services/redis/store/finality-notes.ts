/**
 * Which batches the signed frames show. Of each batch that became durable, the number of the first frame that will show it is
 * noted; when that frame is signed, all up to the batch are final.
 */
import type { LocalNodePorts } from '@hypergate/node/api';

interface Note {
  readonly frame: number;
  /** Last batch that this frame is the first to show. */
  batch: number;
}

export class FinalityNotes {
  /** In the order of frames. */
  private notes: Note[] = [];
  private leave: () => void = () => undefined;

  /**
   * @param durable what was loaded counts as durable now: whether a frame showed it before is not known
   * @param tell is given the last batch that frames show, each time that it grew
   */
  follow(
    node: Pick<LocalNodePorts, 'nextFrame' | 'onFrame'>,
    durable: number,
    tell: (batch: number) => void,
  ): void {
    this.durable(durable, node.nextFrame?.());
    const leave = node.onFrame?.((frame) => {
      const batch = this.signed(frame);
      if (batch !== undefined) tell(batch);
    });
    if (leave !== undefined) this.leave = leave;
  }

  stop(): void {
    this.leave();
  }

  /** @param frame of `nextFrame` of the node, after the batch became durable */
  durable(batch: number, frame: number | undefined): void {
    if (frame === undefined) return;
    const last = this.notes.at(-1);
    if (last !== undefined && last.frame >= frame) last.batch = batch;
    else this.notes.push({ frame, batch });
  }

  /** @returns the last batch that frames now show; undefined when it is as it was */
  signed(frame: number): number | undefined {
    let batch: number | undefined;
    let count = 0;
    for (const note of this.notes) {
      if (note.frame > frame) break;
      batch = note.batch;
      count++;
    }
    this.notes = this.notes.slice(count);
    return batch;
  }
}
