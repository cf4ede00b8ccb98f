/**
 * Theme and font size.
 */

import { formToken, type Html, html } from '../html.ts'
import type { FontSize, Theme } from '../preferences.ts'
import { choiceField, firstWrong } from './field.ts'

export interface ChosenPreferences {
  readonly theme: Theme | null
  readonly fontSize: FontSize | null
}

export interface PreferencesErrors {
  readonly theme?: string
  readonly fontSize?: string
}

const THEME_CHOICES = [
  { id: 'auto', name: 'As the device', text: 'Light by day or dark by night, as it is set there' },
  { id: 'light', name: 'Light' },
  { id: 'dark', name: 'Dark' },
]

const SIZE_CHOICES = [
  { id: 'small', name: 'Small' },
  { id: 'medium', name: 'Medium' },
  { id: 'large', name: 'Large' },
]

export function preferencesPage({ theme, fontSize }: ChosenPreferences, errors: PreferencesErrors = {}): Html {
  const wrong = firstWrong(['theme', 'fontSize'], errors)
  return html`<div class="sheet">
<h1>Preferences</h1>
<form method="post" action="/preferences" novalidate>${formToken}
  ${choiceField({
    name: 'theme',
    legend: 'Theme',
    choices: THEME_CHOICES,
    chosen: theme,
    error: errors.theme,
    hasFocus: wrong === 'theme',
  })}
  ${choiceField({
    name: 'fontSize',
    legend: 'Font size',
    choices: SIZE_CHOICES,
    chosen: fontSize,
    error: errors.fontSize,
    hasFocus: wrong === 'fontSize',
  })}
  <div class="actions"><button>Keep</button></div>
</form>
</div>
<aside class="aside" aria-label="How it works">
  <p><strong>Two words in your session.</strong> Every page reads them and writes them into its first tag. They survive a login, and end with the session.</p>
</aside>`
}
