/** What the soak of sessions builds its computations from. For tests alone. */
export { type RandomCase, randomCase, randomCircuit } from './random-circuit.ts';
export { seededRandom } from './seeded-random.ts';
