/**
 * How a visitor wants the pages to look.
 *
 * In: text from a form. Out: a known choice, or `null`. Pure.
 */

export const THEMES = ['auto', 'light', 'dark'] as const
export const FONT_SIZES = ['small', 'medium', 'large'] as const

export type Theme = (typeof THEMES)[number]
export type FontSize = (typeof FONT_SIZES)[number]

export interface Preferences {
  readonly theme: Theme
  readonly fontSize: FontSize
}

export const DEFAULT_PREFERENCES: Preferences = { theme: 'auto', fontSize: 'medium' }

export function toTheme(text: string): Theme | null {
  return THEMES.find((theme) => theme === text) ?? null
}

export function toFontSize(text: string): FontSize | null {
  return FONT_SIZES.find((size) => size === text) ?? null
}
