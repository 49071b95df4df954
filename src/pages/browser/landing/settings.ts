// The settings of this page.
import type { LandingSettings, PageData } from '../../page-html.js'
import { data } from '../kit/page.js'

export const settings = data as PageData & LandingSettings
