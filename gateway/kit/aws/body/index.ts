/** Request bodies of the AWS port. */
export { type BodyRequest, createRequestBody, hasBody, storedContentEncoding } from './create.ts';
export { IdleWatch, systemTimers, type Timers, type Watched } from './idle-watch.ts';
export { bodyIdleMs } from './limits.ts';
export { type ByteSource, Pump, type PumpSink } from './pump.ts';
export { StreamedBody } from './streamed-body.ts';
export { emptyBody, WholeBody } from './whole-body.ts';
