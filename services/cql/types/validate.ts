/** Whether bytes are a value of a type (validator.ts), with Node's checks of texts. */
import { isAscii, isUtf8 } from 'node:buffer';
import { type Validate, validator } from './validator.ts';

export const validate: Validate = validator({ isAscii, isUtf8 });
