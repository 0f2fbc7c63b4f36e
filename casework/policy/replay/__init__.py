"""What past cases would come to under another policy: tables as data, what is changed, and how it is counted. Pure."""
