import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DeadlineTable } from '../engine/deadline-table.ts';

it('a table of deadlines knows the earliest after any changes', () => {
  const change = fc.record({ name: fc.integer({ min: 0, max: 60 }), at: fc.integer({ min: 0, max: 50 }) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 400, size: 'max' }), (changes) => {
      const table = new DeadlineTable();
      const model = new Map<string, number>();
      for (const { name, at } of changes) {
        const key = `name${name}`;
        if (at === 0) expect(table.delete(key)).toBe(model.delete(key));
        else {
          expect(table.set(key, at)).toBe(!model.has(key));
          model.set(key, at);
        }
        expect(table.size).toBe(model.size);
        expect(table.earliest).toBe(Math.min(...model.values()));
        if (model.size > 0) expect(model.get(table.earliestKey)).toBe(table.earliest);
      }
      for (const [key, at] of model) expect(table.get(key)).toBe(at);
      const order: number[] = [];
      for (; table.size > 0; table.delete(table.earliestKey)) order.push(table.earliest);
      expect(order).toEqual([...model.values()].sort((a, b) => a - b));
    }),
  );
});
