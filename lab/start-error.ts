/**
 * Why the lab cannot start, in words a person can act on: printed as it is, without a stack.
 */

export class StartError extends Error {}
