/** How often others had their turn until it was done. */
export async function turnsOf(run: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const beat = () => {
    turns += 1;
    if (!isDone) setImmediate(beat);
  };
  setImmediate(beat);
  await run();
  isDone = true;
  return turns;
}
