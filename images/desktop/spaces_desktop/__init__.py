"""The inside of a desktop: it keeps X, the window manager and one application running, and shows them to the gateway.

Port 6080 may do everything, port 6081 may only look; which of both a person reaches is the gateway's to say, and that
one who looks cannot type is Xvnc's, since the two ports hand out different passwords.
"""
