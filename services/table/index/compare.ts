/** Whether the private index holds what the node's state says it should. Writes meanwhile show up as differences. */
import type { LocalNodePorts } from '@hypergate/node/api';
import { TreeCursor } from '../tree/cursor.ts';
import { changeOfAtom } from './decode.ts';
import { entriesOf, storedConfig } from './fold.ts';
import type { PrivateIndex } from './private-index.ts';

export interface IndexComparison {
  readonly domains: number;
  readonly records: number;
  /** Index entries compared, secondary ones too. */
  readonly entries: number;
  /** Entries that the index lacks, has with other content, or has without a record; domains that it does not know. */
  readonly missing: number;
  readonly different: number;
  readonly superfluous: number;
  readonly unknownDomains: number;
  readonly unreadable: number;
  /** Nothing was applied during the comparison, so that differences are real. */
  readonly isStable: boolean;
}

export async function compareIndex(node: LocalNodePorts, index: PrivateIndex): Promise<IndexComparison> {
  const before = await node.position();
  const result = {
    domains: 0,
    records: 0,
    entries: 0,
    missing: 0,
    different: 0,
    superfluous: 0,
    unknownDomains: 0,
    unreadable: 0,
  };
  const { tree } = index;
  /** 24 bytes of memory for an entry would not do for hundreds of millions; text of the key does for some millions. */
  const expected = new Set<string>();
  for await (const address of node.domains()) {
    result.domains += 1;
    if (storedConfig(tree, address) === undefined) result.unknownDomains += 1;
    const keys = index.keysOf(address);
    if (keys === undefined) continue;
    expected.add(Buffer.concat([address, Buffer.of(0)]).toString('latin1'));
    for await (const { slot, atom } of node.scan(address)) {
      const change = changeOfAtom(keys, slot, atom);
      if (change === 'unreadable') result.unreadable += 1;
      if (change === undefined || change === 'unreadable') continue;
      result.records += 1;
      if (!change.indexed && !change.hasSecondaries) continue;
      for (const { key, value } of entriesOf(change)) {
        expected.add(key.toString('latin1'));
        result.entries += 1;
        const found = tree.get(key);
        if (found === undefined) result.missing += 1;
        else if (Buffer.compare(found, value) !== 0) result.different += 1;
      }
    }
  }
  const cursor = new TreeCursor(tree, { low: Buffer.alloc(0), high: undefined, reverse: false });
  while (cursor.next()) if (!expected.has(cursor.key().toString('latin1'))) result.superfluous += 1;
  return { ...result, isStable: before === (await node.position()) };
}
