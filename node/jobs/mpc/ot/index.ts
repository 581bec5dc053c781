/**
 * Oblivious transfer: base transfers, correlated ones without end, random and chosen strings. Secure against malicious parties at
 * 128 bits, except that a malicious receiver may guess bits of the sender's delta, each wrong guess of which ends the computation.
 */
export { type BaseOptions, receiveBase, sendBase } from './base.ts';
export * from './correlated.ts';
export { otKind } from './kinds.ts';
export { type StringPairs, TransferReceiver, TransferSender } from './transfer.ts';
