import { describe, expect, it } from 'vitest';
import { SimClock, SimDisk, seededRandom } from '../index.ts';

describe('seeded random', () => {
  it('repeats itself from a seed and differs between seeds and forks', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.uint32(), random.below(100), random.bytes(7).toString('hex'), random.fork().uint32()];
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    const random = seededRandom(1);
    expect(random.fork().bytes(16)).not.toEqual(random.fork().bytes(16));
  });

  it('spreads evenly', () => {
    const random = seededRandom(9);
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 20_000; index += 1) counts[random.below(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });
});

describe('simulated clock', () => {
  it('runs what falls due in order of time, also what that registers', () => {
    const clock = new SimClock(1000);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b at ${clock.now()}`));
    clock.after(10, () => {
      ran.push(`a at ${clock.now()}`);
      clock.after(5, () => ran.push(`c at ${clock.now()}`));
    });
    const cancel = clock.after(12, () => ran.push('cancelled'));
    cancel();
    clock.advance(15);
    expect(ran).toEqual(['a at 1010', 'c at 1015']);
    clock.advance(100);
    expect(ran.at(-1)).toBe('b at 1020');
    expect(clock.now()).toBe(1115);
  });
});

describe('simulated disk', () => {
  const sectors = 8;
  async function written(seed: number, sync: boolean): Promise<SimDisk> {
    const disk = new SimDisk(seededRandom(seed));
    const file = await disk.open('f', 'create');
    await file.write(0, [Buffer.alloc(sectors * 512, 1)]);
    if (sync) await file.datasync();
    if (sync) await disk.syncFolder('');
    return disk;
  }

  it('keeps what was synced, name and bytes, through every cut', async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const after = (await written(seed, true)).powerCut();
      const bytes = await (await after.open('f', 'read')).read(0, 10_000);
      expect(bytes.equals(Buffer.alloc(sectors * 512, 1))).toBe(true);
    }
  });

  it('loses, tears and garbles unsynced writes, and loses unsynced names', async () => {
    const seen = { lost: 0, whole: 0, torn: 0, garbled: 0, unnamed: 0 };
    for (let seed = 1; seed <= 300; seed += 1) {
      const disk = await written(seed, false);
      if (seed % 2 === 0) await disk.syncFolder('');
      const after = disk.powerCut();
      if ((await after.list('')).length === 0) {
        seen.unnamed += 1;
        expect(seed % 2).toBe(1);
        continue;
      }
      const bytes = await (await after.open('f', 'read')).read(0, 10_000);
      const kept = bytes.filter((byte) => byte === 1).length;
      const zeros = bytes.filter((byte) => byte === 0).length;
      if (bytes.some((byte) => byte > 1) || kept % 512 !== 0) seen.garbled += 1;
      else if (kept === 0) seen.lost += 1;
      else if (zeros > 0 || bytes.length < sectors * 512) seen.torn += 1;
      else seen.whole += 1;
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  });

  it('keeps or loses a rename as a whole', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const disk = await written(seed, true);
      await disk.rename('f', 'g');
      const names = await disk.powerCut().list('');
      expect(names.length).toBe(1);
    }
  });

  it('fails everything after the power went', async () => {
    const disk = await written(1, true);
    disk.cutAfter(2);
    await disk.list('').catch(() => undefined);
    await expect(Promise.all([disk.list(''), disk.list('')])).rejects.toThrow('EPOWER');
    await expect(disk.open('f', 'read')).rejects.toThrow('EPOWER');
    expect(disk.isOff).toBe(true);
  });
});
