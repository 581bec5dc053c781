/** LREM: elements that equal one are removed. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { listLost, removeItems, writeList } from '../engine/types/list-changes.ts';
import { parseSigned } from './integer-arguments.ts';

export const lremCommands: CommandRow[] = [
  {
    name: 'lrem',
    arity: 4,
    flags: ['write'],
    categories: ['list'],
    keys: oneKey('RW', 'delete'),
    group: 'list',
    since: '1.0.0',
    complexity: 'O(N)',
    summary:
      'Removes the first elements that equal one; the last ones when the count is negative, all when it is 0.',
    syntax: 'key count element',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const count = parseSigned(args[2]!);
      const element = args[3]!;
      const list = writeList(db, key);
      if (list === undefined) return call.reply.integer(0);
      const most = count === 0 ? list.size : Math.abs(count);
      const indexes: number[] = [];
      list.scan(count < 0, (item, index) => {
        if (item !== element) return undefined;
        indexes.push(index);
        return indexes.length === most ? 'stop' : undefined;
      });
      call.reply.integer(indexes.length);
      if (indexes.length === 0) return;
      removeItems(db, key, list, count < 0 ? indexes.reverse() : indexes);
      listLost(db, key, list, 'lrem');
    },
  },
];
