"""
The sentences the rules rest on, by the names the rules cite them with.

Two news articles of 30 November 2021 on the announcement of the private-media policy are its source: A quotes the
announcement, B (Lifewire) sums it up. Each sentence is given by its opening words, as in `policy_cases.json`.
"""

from collections.abc import Mapping

CLAUSES: Mapping[str, str] = {
    "A2": "With this update, the platform will now restrict users from sharing the media of private individuals …",
    "A3": "Under its existing policy, it prohibits users from publishing other people's private information …",
    "A4": "This also includes threatening to expose private information or incentivising others to do so.",
    "A5": "There are growing concerns about the misuse of media and information that is not available elsewhere …",
    "A8": "The platform will now take action in line with its range of enforcement options …",
    "A9": "When private information or media has been shared …, we need a first-person report or a report from an …",
    "A10": "When it is notified by individuals depicted, or by an authorised representative, that …",
    "A11": "Not applicable to public figures",
    "A12": "The policy will not be applicable to media featuring public figures or individuals when media and …",
    "A13": "However, if the purpose of the dissemination … is to harass, intimidate, or use fear to silence them, …",
    "A14": "Similarly, private nude images of public individuals will continue to be actioned …",
    "A15": "The platform further added that it will assess the context in which private media is shared.",
    "A16": "We recognise that there are instances where account holders may share images or videos … to help someone …",
    "A17": "We will always try to assess the context in which the content is shared and, in such cases, we may allow …",
    "B4": "Prior to this policy update, the platform would ban people for exposing phone numbers, addresses, and IDs …",
    "B5": "Twitter will also ban people demanding money … and those offering bounties to post certain media.",
    "B6": "The platform will even ban people who share sign-in credentials …",
    "B7": "Context will be considered if a post is reported.",
    "B8": "Twitter may allow images or videos to stay up if it's important to public discourse.",
    "B9": "For example, if the content is publicly available or covered by mainstream news, the post will remain.",
    "B10": "It will also not remove media featuring public figures if the information is in the public's …",
    "B11": "However, if that information is used to harass or intimidate a public figure, it goes against …",
}
"""Every sentence that a rule cites, by name: article and number."""
