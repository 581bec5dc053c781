/** HyperLogLogs: also the bytes of the key, which GET shows. */
import { command, type Grammar } from '../grammar.ts';

export const hyperloglog: Grammar = {
  name: 'hyperloglog',
  commands: [
    command('pfadd', (r) => [r.key('p'), ...r.times(0, 4, () => r.value())], { weight: 4 }),
    command('pfadd', (r) => [r.key('p'), ...r.times(1, 40, () => String(r.between(0, 100_000)))], {
      weight: 2,
    }),
    command('pfcount', (r) => r.keys('p'), { weight: 2 }),
    command('pfmerge', (r) => [r.key('p'), ...r.times(0, 3, () => r.key('p'))]),
    command('get', (r) => [r.key('p')]),
  ],
};
