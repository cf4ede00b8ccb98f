/**
 * What puts the story app into a framework.
 *
 * @module
 */
import type { StoryApp } from '../story-app.ts'

export interface Mounted {
  /** The answer to a request whose URL is on the app's origin. */
  send(request: Request): Promise<Response>
  close(): Promise<void>
}

export type Mount = (app: StoryApp) => Promise<Mounted>
