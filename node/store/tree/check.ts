/** The whole check of a forest: every hash from the entries up, and every unit of the file accounted for once. */
import { NodeError } from '../../api/index.ts';
import {
  decodeTree,
  type PieceRef,
  type TreeModules,
  type TreeName,
  verifyTree,
} from '../../hypergraph/tree/index.ts';
import { Bits } from './bits.ts';
import type { CommitFile } from './commit-file.ts';
import { decodeTreeName } from './format/v1.ts';
import { treeStoreLimits } from './limits.ts';
import { listPages, listTrees } from './tree-list.ts';

export interface Fault {
  /** Undefined: not in any one tree. */
  readonly tree: TreeName | undefined;
  readonly what: string;
}

/** Over the last commit. @returns the first fault */
export async function checkForest(file: CommitFile, modules: TreeModules): Promise<Fault | undefined> {
  const { record, space } = file;
  const seenUnits = new Bits();
  const seen = ({ at, units }: PieceRef): void => {
    if (!seenUnits.all(at, units, false)) throw corrupt(`unit ${at} belongs to two pieces`);
    for (let unit = at; unit < at + units; unit += 1) {
      if (!space.isCommitted(unit)) throw corrupt(`unit ${unit} is in use and marked as free`);
    }
    seenUnits.set(at, units, true);
  };
  let tree: TreeName | undefined;
  try {
    for (const ref of file.ownPieces()) seen(ref);
    await file.pieces.read(file.ownPieces());
    for await (const ref of listPages(record.list, file.pieces)) seen(ref);
    let trees = 0;
    let entries = 0;
    for await (const { name, value } of listTrees(record.list, file.pieces)) {
      tree = decodeTreeName(name);
      const root = decodeTree(value);
      await verifyTree(root, { ...modules, seen });
      trees += 1;
      entries += root.count;
    }
    tree = undefined;
    if (trees !== record.trees || entries !== record.entries) throw corrupt('trees or entries are missing');
    if (seenUnits.count() + treeStoreLimits.firstUnit !== space.committedUnits) {
      throw corrupt('units are marked as in use and belong to nothing');
    }
    return undefined;
  } catch (error) {
    if (error instanceof NodeError && error.code === 'corrupt') return { tree, what: error.message };
    throw error;
  }
}

const corrupt = (what: string): NodeError => new NodeError('corrupt', `tree store: ${what}`);
