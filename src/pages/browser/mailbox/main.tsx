// The mailbox of the developer.
import '../kit/style.css'
import './style.css'
import { mount } from '../kit/mount.js'
import { Mailbox } from './mailbox.js'

mount(<Mailbox />)
