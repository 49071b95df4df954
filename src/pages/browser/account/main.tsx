// The pages of mailed links: /verify confirms an address, /reset sets a new password.
import '../kit/style.css'
import { mount } from '../kit/mount.js'
import { Account } from './account.js'

mount(<Account />)
