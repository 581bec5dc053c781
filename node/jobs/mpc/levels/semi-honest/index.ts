/**
 * The `semi-honest` level: two parties that follow the protocol and try to learn more from what they see. Against a party that leaves
 * the protocol nothing is promised but an end. Not supported: other numbers of parties, inputs that both know.
 */
export { semiHonest } from './semi-honest.ts';
